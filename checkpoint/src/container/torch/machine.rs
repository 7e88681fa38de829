//! The machine that reads a pickle. It only builds values: of the opcodes and globals that it does not know, none is
//! passed over, and of those that it knows, none does anything.
//!
//! It has a stack of its own and no recursion, so nesting costs what its bytes cost. A step takes time for the bytes and
//! the values that it takes, and no value is copied with what is in it. So memory is in proportion to the pickle, and there is
//! an error where there is none.

use weighbridge_lock::{counted, shown};

use super::call;
use super::globals::{self, Global};
use super::input::{Input, broken};
use super::other::Other;
use super::value::{Arena, Value, WHAT};
use crate::container::room::{none, push};
use crate::error::{Problem, ProblemKind};

/// Reads one pickle, up to its `STOP`. Returns what it builds.
pub(super) fn run(input: &mut Input<'_>, arena: &mut Arena) -> Result<Value, Problem> {
    let mut machine = Machine { input, arena, stack: Vec::new(), marks: Vec::new(), memo: Vec::new() };
    loop {
        let at = machine.input.at();
        match machine.step() {
            Ok(None) => {}
            Ok(Some(value)) => return Ok(value),
            Err(problem) => return Err(if problem.offset.is_none() { problem.at(at) } else { problem }),
        }
    }
}

struct Machine<'m, 'r> {
    input: &'m mut Input<'r>,
    arena: &'m mut Arena,
    stack: Vec<Value>,
    /// Where the stack was when each mark was set.
    marks: Vec<usize>,
    memo: Vec<Option<Value>>,
}

impl Machine<'_, '_> {
    /// Does what the next opcode says. Returns the value of the pickle at its end.
    fn step(&mut self) -> Result<Option<Value>, Problem> {
        let opcode = self.input.byte()?;
        match opcode {
            0x80 => {
                let protocol = self.input.byte()?;
                if protocol > 5 {
                    return Err(broken(format!("the pickle has the protocol {protocol}")));
                }
            }
            b'.' => return self.stop().map(Some),
            b'(' => push(&mut self.marks, self.stack.len(), WHAT)?,
            b'N' => self.push(Value::None)?,
            0x88 => self.push(Value::Bool(true))?,
            0x89 => self.push(Value::Bool(false))?,
            b'K' => {
                let [byte] = self.input.array()?;
                self.push(Value::Int(i64::from(byte)))?;
            }
            b'M' => {
                let number = u16::from_le_bytes(self.input.array()?);
                self.push(Value::Int(i64::from(number)))?;
            }
            b'J' => {
                let number = i32::from_le_bytes(self.input.array()?);
                self.push(Value::Int(i64::from(number)))?;
            }
            0x8a => self.long()?,
            b'G' => {
                self.input.array::<8>()?;
                self.push(Value::Float)?;
            }
            b'X' => {
                let length = u32::from_le_bytes(self.input.array()?);
                self.text(usize::try_from(length).unwrap_or(usize::MAX))?;
            }
            b'U' => {
                let [length] = self.input.array()?;
                self.text(usize::from(length))?;
            }
            b')' => {
                let empty = self.arena.node(Vec::new())?;
                self.push(Value::Tuple(empty))?;
            }
            b']' => {
                let empty = self.arena.node(Vec::new())?;
                self.push(Value::List(empty))?;
            }
            b'}' => {
                let empty = self.arena.dict(Vec::new())?;
                self.push(empty)?;
            }
            0x8f => self.push(Value::Other(Other::Set))?,
            b't' => {
                let items = self.pop_mark()?;
                self.tuple(items)?;
            }
            0x85 => self.tuple_of::<1>()?,
            0x86 => self.tuple_of::<2>()?,
            0x87 => self.tuple_of::<3>()?,
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            b's' => {
                let [key, value] = self.pops()?;
                self.set("SETITEM", vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set("SETITEMS", items)?;
            }
            b'c' => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                self.global(&module, &name)?;
            }
            b'R' => {
                let [function, arguments] = self.pops()?;
                let made = call::reduce(self.arena, function, arguments)?;
                self.push(made)?;
            }
            0x81 => {
                let [class, arguments] = self.pops()?;
                let made = call::new(self.arena, class, arguments)?;
                self.push(made)?;
            }
            b'b' => {
                let state = self.pop()?;
                let object = self.last()?;
                call::build(self.arena, object, state)?;
            }
            b'Q' => {
                let id = self.pop()?;
                let storage = call::persistent(self.arena, id)?;
                self.push(storage)?;
            }
            b'q' => {
                let [number] = self.input.array()?;
                self.put(u32::from(number))?;
            }
            b'r' => {
                let number = u32::from_le_bytes(self.input.array()?);
                self.put(number)?;
            }
            b'h' => {
                let [number] = self.input.array()?;
                self.get(u32::from(number))?;
            }
            b'j' => {
                let number = u32::from_le_bytes(self.input.array()?);
                self.get(number)?;
            }
            other => return Err(refused(other)),
        }
        Ok(None)
    }

    fn push(&mut self, value: Value) -> Result<(), Problem> {
        push(&mut self.stack, value, WHAT)
    }

    /// How far down the stack may be taken: to the last mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Value, Problem> {
        if self.stack.len() <= self.floor() {
            return Err(broken("the pickle takes more than it has put on the stack"));
        }
        self.stack.pop().ok_or_else(|| broken("the pickle takes more than it has put on the stack"))
    }

    fn pops<const N: usize>(&mut self) -> Result<[Value; N], Problem> {
        let mut values = [Value::None; N];
        for value in values.iter_mut().rev() {
            *value = self.pop()?;
        }
        Ok(values)
    }

    fn last(&mut self) -> Result<Value, Problem> {
        let value = self.pop()?;
        self.push(value)?;
        Ok(value)
    }

    /// Takes everything above the last mark, and the mark.
    fn pop_mark(&mut self) -> Result<Vec<Value>, Problem> {
        let mark = self.marks.pop().ok_or_else(|| broken("the pickle goes back to a mark that it did not set"))?;
        let above = self.stack.get(mark..).unwrap_or_default();
        let mut items = Vec::new();
        if items.try_reserve_exact(above.len()).is_err() {
            return Err(none(size_of_val(above), WHAT));
        }
        items.extend_from_slice(above);
        self.stack.truncate(mark);
        Ok(items)
    }

    fn tuple(&mut self, items: Vec<Value>) -> Result<(), Problem> {
        let tuple = self.arena.node(items)?;
        self.push(Value::Tuple(tuple))
    }

    fn tuple_of<const N: usize>(&mut self) -> Result<(), Problem> {
        let items = self.pops::<N>()?.to_vec();
        self.tuple(items)
    }

    fn append(&mut self, items: Vec<Value>) -> Result<(), Problem> {
        match self.last()? {
            Value::List(list) => self.arena.extend(list, &items),
            other => Err(broken(format!("the pickle appends to {}", other.what()))),
        }
    }

    /// Puts keys and values into a dictionary, and into nothing else: the readers that put them into anything have been
    /// made to write outside of their memory.
    fn set(&mut self, opcode: &str, items: Vec<Value>) -> Result<(), Problem> {
        if !items.len().is_multiple_of(2) {
            return Err(broken("the pickle puts a key without a value into a dictionary"));
        }
        match self.last()? {
            Value::Dict(dict) => self.arena.extend(dict, &items),
            other => Err(broken(format!("the pickle puts a key into {} ({opcode})", other.what()))),
        }
    }

    /// A whole number of up to 255 bytes.
    fn long(&mut self) -> Result<(), Problem> {
        let [length] = self.input.array()?;
        let bytes = self.input.take(usize::from(length))?;
        let sign = if bytes.last().is_some_and(|last| *last >= 0x80) { 0xff } else { 0 };
        let mut number = [sign; 8];
        let fits = match bytes.split_at_checked(8) {
            None => {
                number.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                true
            }
            Some((low, high)) => {
                number.copy_from_slice(low);
                let is_negative = number.last().is_some_and(|last| *last >= 0x80);
                high.iter().all(|byte| *byte == sign) && is_negative == (sign != 0)
            }
        };
        self.push(if fits { Value::Int(i64::from_le_bytes(number)) } else { Value::Other(Other::LargeInt) })
    }

    fn text(&mut self, length: usize) -> Result<(), Problem> {
        let text =
            std::str::from_utf8(self.input.take(length)?).map_err(|_| broken("a string of the pickle is not UTF-8"))?;
        let text = self.arena.text_of(text)?;
        self.push(text)?;
        Ok(())
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), Problem> {
        let Some(global) = Global::named(module, name) else {
            let message = format!(
                "the pickle names `{}.{}`, of which no tensor is made, and nothing of it was run; {}",
                shown(module),
                shown(name),
                globals::remedy(module)
            );
            return Err(Problem::new(ProblemKind::Header, message));
        };
        self.push(Value::Global(global))?;
        Ok(())
    }

    fn put(&mut self, number: u32) -> Result<(), Problem> {
        let value = self.last()?;
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        // picklers count from 0 or 1, and each number takes two bytes
        let most = usize::try_from(self.input.taken()).unwrap_or(usize::MAX);
        if number >= most {
            return Err(broken(format!("the pickle keeps a value as number {number}, and has kept fewer")));
        }
        if self.memo.len() <= number {
            let more = number.saturating_add(1).saturating_sub(self.memo.len());
            if self.memo.try_reserve(more).is_err() {
                return Err(none(number.saturating_mul(size_of::<Option<Value>>()), WHAT));
            }
            self.memo.resize(number.saturating_add(1), None);
        }
        if let Some(place) = self.memo.get_mut(number) {
            *place = Some(value);
        }
        Ok(())
    }

    fn get(&mut self, number: u32) -> Result<(), Problem> {
        let value = usize::try_from(number).ok().and_then(|number| self.memo.get(number).copied().flatten());
        let value =
            value.ok_or_else(|| broken(format!("the pickle asks for its value {number}, which it did not keep")))?;
        self.push(value)?;
        Ok(())
    }

    fn stop(&mut self) -> Result<Value, Problem> {
        let value = self.pop()?;
        match self.stack.len().saturating_add(self.marks.len()) {
            0 => Ok(value),
            more => Err(broken(format!("the pickle ends with {} left over", counted(more, "value")))),
        }
    }
}

/// The opcodes of pickles that PyTorch does not write.
const OPCODES: &[(u8, &str)] = &[
    (b'0', "POP"),
    (b'1', "POP_MARK"),
    (b'2', "DUP"),
    (b'B', "BINBYTES"),
    (b'C', "SHORT_BINBYTES"),
    (b'F', "FLOAT"),
    (b'I', "INT"),
    (b'L', "LONG"),
    (b'P', "PERSID"),
    (b'S', "STRING"),
    (b'T', "BINSTRING"),
    (b'V', "UNICODE"),
    (b'd', "DICT"),
    (b'g', "GET"),
    (b'i', "INST"),
    (b'l', "LIST"),
    (b'o', "OBJ"),
    (b'p', "PUT"),
    (0x82, "EXT1"),
    (0x83, "EXT2"),
    (0x84, "EXT4"),
    (0x8b, "LONG4"),
    (0x8c, "SHORT_BINUNICODE"),
    (0x8d, "BINUNICODE8"),
    (0x8e, "BINBYTES8"),
    (0x90, "ADDITEMS"),
    (0x91, "FROZENSET"),
    (0x92, "NEWOBJ_EX"),
    (0x93, "STACK_GLOBAL"),
    (0x94, "MEMOIZE"),
    (0x95, "FRAME"),
    (0x96, "BYTEARRAY8"),
    (0x97, "NEXT_BUFFER"),
    (0x98, "READONLY_BUFFER"),
];

fn refused(opcode: u8) -> Problem {
    match OPCODES.iter().find(|(known, _)| *known == opcode) {
        Some((_, name)) => {
            let message = format!(
                "the pickle has the opcode {name}, which `torch.save` does not write with its own protocol 2; if you trust \
                 the file, load it with `torch.load(path, weights_only=False)`, and save it again without `pickle_protocol`"
            );
            Problem::new(ProblemKind::Header, message)
        }
        None => broken(format!("the pickle has the byte {opcode:#04x} in place of an opcode")),
    }
}
