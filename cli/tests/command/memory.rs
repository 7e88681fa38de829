//! Files far larger than memory, and names that there is no memory for, under a limit of the shell on the address space.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output};

/// The address space that the command may have, in KiB.
const LIMIT: u64 = 64 << 10;
const MIB: u64 = 1 << 20;

/// Runs a program within the limit.
fn limited<S: AsRef<OsStr>>(program: &str, arguments: &[S]) -> Output {
    within(LIMIT, program, arguments)
}

/// Runs a program in an address space of so many KiB.
fn within<S: AsRef<OsStr>>(limit: u64, program: &str, arguments: &[S]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {limit} && exec \"$@\""), "sh", program]).args(arguments);
    // otherwise the allocator would reserve 64 MiB for each thread and never use them
    command.env("MALLOC_ARENA_MAX", "1").env("RUST_BACKTRACE", "0").output().unwrap()
}

fn weighbridge<S: AsRef<OsStr>>(arguments: &[S]) {
    let done = limited(env!("CARGO_BIN_EXE_weighbridge"), arguments);
    assert!(done.status.success(), "{done:?}");
}

/// A sparse file with this many `F32`, all zero except the last.
fn sparse(path: &Path, elements: u64) {
    let end = elements * 4;
    let header = format!(r#"{{"w":{{"dtype":"F32","shape":[{elements}],"data_offsets":[0,{end}]}}}}"#);
    let mut file = File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.write_all_at(&1.5f32.to_le_bytes(), 8 + header.len() as u64 + end - 4).unwrap();
}

#[test]
fn files_larger_than_memory_are_converted_and_compared() {
    let scratch = tempfile::tempdir().unwrap();
    let [input, out, npz] = ["in.safetensors", "out.safetensors", "out.npz"].map(|name| scratch.path().join(name));
    let convert = |input: &Path, out: &Path, more: &[&str]| {
        let mut arguments: Vec<&OsStr> = vec!["convert".as_ref(), input.as_ref(), out.as_ref()];
        arguments.extend(more.iter().map(OsStr::new));
        weighbridge(&arguments);
    };
    // the limit holds
    let shell = limited("sh", &["-c", "ulimit -v"]);
    assert_eq!(String::from_utf8_lossy(&shell.stdout).trim(), LIMIT.to_string());

    // eight times the limit, from one file to another
    sparse(&input, 128 * MIB);
    convert(&input, &out, &[]);
    assert_eq!(fs::metadata(&out).unwrap().len() / MIB, 512);
    last(&out, &1.5f32.to_le_bytes());

    // twice the limit through a cast, and to an archive, whose checksum takes every byte
    sparse(&input, 32 * MIB);
    convert(&input, &out, &["--cast", "bf16"]);
    last(&out, &half::bf16::from_f32(1.5).to_le_bytes());
    convert(&input, &npz, &[]);
    assert_eq!(fs::metadata(&npz).unwrap().len() / MIB, 128);
    convert(&npz, &out, &[]);
    weighbridge(&["diff".as_ref(), "--values".as_ref(), npz.as_os_str(), out.as_os_str()]);
    last(&out, &1.5f32.to_le_bytes());
}

/// Compares the last bytes of a safetensors file, which are its last element.
fn last<const N: usize>(path: &Path, expected: &[u8; N]) {
    let file = File::open(path).unwrap();
    let mut found = [0; N];
    file.read_exact_at(&mut found, file.metadata().unwrap().len() - N as u64).unwrap();
    assert_eq!(&found, expected, "{}", path.display());
}

/// A file with this many empty tensors, whose names fold to nothing. They have `components` letters each.
fn random(path: &Path, count: usize, components: usize) {
    let mut state = 1u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + (state >> 40) as u8 % 26)
    };
    let mut header = String::from("{");
    for number in 0..count {
        let letters: Vec<String> = (0..components).map(|_| letter().to_string()).collect();
        let comma = if number == 0 { "" } else { "," };
        // the number, in letters
        let last: String = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        let tensor = r#"{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#;
        write!(header, r#"{comma}"{}.{last}":{tensor}"#, letters.join(".")).unwrap();
    }
    header.push('}');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn names_that_there_is_no_memory_for_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let small = path("small.safetensors");
    random(Path::new(&small), 1, 1);
    let locked = |file: &str| {
        let lock = Path::new(file).with_extension("lock").to_str().unwrap().to_owned();
        let output = Command::new(env!("CARGO_BIN_EXE_weighbridge")).args(["lock", file]).output().unwrap();
        fs::write(&lock, output.stdout).unwrap();
        lock
    };
    let small_lock = locked(&small);
    for (count, components) in [(10_000, 3), (700, 60)] {
        let many = path("many.safetensors");
        random(Path::new(&many), count, components);
        let lock = locked(&many);
        let (html, out) = (path("page.html"), path("out.safetensors"));
        // each with the file that has the many names, and with the small one, which shows how much any work takes
        let commands: [Of<'_>; 9] = [
            &|file| words(&["inspect", file]),
            &|file| words(&["inspect", file, "--json"]),
            &|file| words(&["inspect", file, "--html", &html]),
            &|file| words(&["generate", file, "--name", "X"]),
            &|file| words(&["lock", file, "--json"]),
            &|file| words(&["check", file, "--lock", &small_lock]),
            &|file| words(&["check", file, "--lock", if file == many { &lock } else { &small_lock }]),
            &|file| words(&["diff", file, &small]),
            &|file| words(&["convert", file, &out]),
        ];
        for command in commands {
            let refused = ends(&command(&small), &command(&many));
            // few long names take little in some of them
            assert!(refused > 0 || count < 1000, "{:?} is never refused", command(&many));
        }
    }
}

/// A command of a file.
type Of<'o> = &'o dyn Fn(&str) -> Vec<String>;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Asserts that a command ends by itself, however little memory there is, and says what it has no memory for if it does not
/// work. It has at least as much as the same command takes for a small file. Returns how often it does not work.
fn ends(small: &[String], many: &[String]) -> usize {
    let program = env!("CARGO_BIN_EXE_weighbridge");
    let works = |limit: &u64| matches!(within(limit << 10, program, small).status.code(), Some(0 | 1));
    let least = (8..64).step_by(2).find(works).expect("a small file takes little");
    let limits = std::iter::successors(Some(0), |more| Some(more * 5 / 4 + 2)).map(|more| least + more);
    for (refused, limit) in limits.take_while(|limit| *limit < 1024).enumerate() {
        let output = within(limit << 10, program, many);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some(), "{many:?} in {limit} MiB is killed: {said}");
        if !said.contains("there is no memory ") {
            return refused;
        }
        assert_eq!(output.status.code(), Some(2), "{many:?} in {limit} MiB: {said}");
        assert!(said.contains("; free some, or allow the process more"), "{said}");
    }
    panic!("{many:?} takes more than 1 GiB");
}
