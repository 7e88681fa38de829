//! Any bytes as an `.npz` file: an error that can be read, or tensors that the file accounts for.

/// Opens the bytes and reads everything in them. Bytes that are no archive become one of a single stored member.
pub fn run(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        crate::opened::open(bytes);
    } else {
        crate::opened::open(&archive(bytes));
    }
}

/// An archive of one stored member `a.npy`, so that the fuzzer need not find a checksum to reach the headers of arrays.
fn archive(member: &[u8]) -> Vec<u8> {
    const NAME: &[u8] = b"a.npy";
    let (sum, len) = (crc32(member).to_le_bytes(), (member.len() as u32).to_le_bytes());
    // version, flags, method, time and date, checksum, both lengths, lengths of the name and of the extra field
    let shared: Vec<u8> =
        [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &sum, &len, &len, &[NAME.len() as u8, 0, 0, 0]].concat();
    let local = [b"PK\x03\x04", shared.as_slice(), NAME, member].concat();
    let central = [b"PK\x01\x02\x14\x00", shared.as_slice(), &[0; 14], NAME].concat();
    let [size, at] = [central.len() as u32, local.len() as u32].map(u32::to_le_bytes);
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &size[..], &at, &[0, 0]].concat();
    [local, central, end].concat()
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), |sum, _| step(sum)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_member_alone_becomes_an_archive_that_opens() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
        let header = format!("{header:<117}\n");
        let member = [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes(), &[0; 8]].concat();
        let checkpoint = crate::opened::open(&super::archive(&member)).expect("it opens");
        assert_eq!(checkpoint.get("a").unwrap().shape().to_vec(), [2]);
    }
}
