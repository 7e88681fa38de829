//! What the functions on the list make of their arguments: values, and nothing else.

use weighbridge_lock::{counted, shown};

use super::globals::{Form, Global, TorchType};
use super::input::broken;
use super::other::Other;
use super::value::{Arena, Storage, TensorView, Value};
use crate::error::{Problem, ProblemKind};

/// The items of a tuple of arguments.
fn arguments(arena: &Arena, value: Value) -> Result<Vec<Value>, Problem> {
    match value {
        Value::Tuple(tuple) => Ok(arena.items(tuple).to_vec()),
        other => Err(broken(format!("the pickle calls with {} in place of arguments", other.what()))),
    }
}

fn unfit(function: &str) -> Problem {
    broken(format!("the pickle calls `{function}` with arguments that it does not take"))
}

/// `REDUCE`: what a function makes of its arguments.
pub(super) fn reduce(arena: &mut Arena, function: Value, of: Value) -> Result<Value, Problem> {
    let Value::Global(global) = function else {
        return Err(broken(format!("the pickle calls {}", function.what())));
    };
    // arguments are few, unless they are no arguments
    if let Value::Tuple(tuple) = of
        && arena.items(tuple).len() > MOST
    {
        return Err(broken(format!("the pickle calls with {}", counted(arena.items(tuple).len(), "argument"))));
    }
    let of = arguments(arena, of)?;
    match global {
        Global::OrderedDict => ordered(arena, &of),
        Global::Size => match of[..] {
            [Value::Tuple(dims) | Value::List(dims)] => Ok(Value::Tuple(dims)),
            _ => Err(unfit("torch.Size")),
        },
        Global::RebuildTensor(form) => tensor(arena, form, &of),
        Global::RebuildParameter { has_state } => match (of.as_slice(), has_state) {
            ([data, Value::Bool(_), _], false) | ([data, Value::Bool(_), _, _], true) => of_tensor(*data),
            _ => Err(unfit("torch._utils._rebuild_parameter")),
        },
        Global::Parameter => parameter(&of),
        Global::RebuildFromType => match of[..] {
            [function, Value::Global(Global::Parameter | Global::Tensor), arguments, _] => match function {
                // a function that calls another would be a recursion
                Value::Global(Global::RebuildFromType) => Err(unfit("torch._tensor._rebuild_from_type_v2")),
                _ => of_tensor(reduce(arena, function, arguments)?),
            },
            _ => Err(unfit("torch._tensor._rebuild_from_type_v2")),
        },
        Global::RebuildDeviceTensor => match of[..] {
            [data @ Value::Tensor(number), Value::Global(Global::Type(wanted)), ..] => {
                let tensor = arena.tensor(number);
                let storage = tensor.and_then(|tensor| arena.storage(tensor.storage));
                let of = tensor.and_then(|tensor| tensor.of).or(storage.and_then(|storage| storage.of));
                Ok(if of == Some(wanted) { data } else { Value::Other(Other::Converted) })
            }
            _ => Err(unfit("torch._utils._rebuild_device_tensor_from_cpu_tensor")),
        },
        Global::Rebuild(other) => Ok(Value::Other(other)),
        Global::Counter => Ok(Value::Other(Other::Counter)),
        Global::Device => Ok(Value::Other(Other::Device)),
        Global::Layout => Ok(Value::Other(Other::Layout)),
        Global::Encode | Global::ByteArray => Ok(Value::Other(Other::Bytes)),
        Global::Set => Ok(Value::Other(Other::Set)),
        Global::Complex => Ok(Value::Other(Other::Complex)),
        Global::Tensor | Global::Type(_) | Global::Storage(_) | Global::QScheme => {
            Err(broken(format!("the pickle calls {}", global.what())))
        }
    }
}

/// The most arguments of a function.
const MOST: usize = 32;

/// `NEWOBJ`: a new object of a class.
pub(super) fn new(arena: &mut Arena, class: Value, of: Value) -> Result<Value, Problem> {
    let of = arguments(arena, of)?;
    match class {
        Value::Global(Global::Parameter) => parameter(&of),
        Value::Global(Global::OrderedDict) => ordered(arena, &of),
        other => Err(broken(format!("the pickle makes an object of {}", other.what()))),
    }
}

/// `BUILD`: gives an object its state. Only the dictionary of a module has one, and it says nothing of tensors.
pub(super) fn build(arena: &mut Arena, object: Value, state: Value) -> Result<(), Problem> {
    let (Value::Dict(_), Value::Dict(state)) = (object, state) else {
        return Err(broken(format!("the pickle gives {} a state that is {}", object.what(), state.what())));
    };
    let other = arena.items(state).iter().step_by(2).find(|key| match key {
        Value::Text(key) => arena.text(*key) != "_metadata",
        _ => true,
    });
    match other {
        None => Ok(()),
        Some(Value::Text(key)) => {
            let message = format!(
                "the pickle gives a dictionary the attribute `{}`, which a load would lose; save the file without it",
                shown(arena.text(*key))
            );
            Err(Problem::new(ProblemKind::Header, message))
        }
        Some(key) => Err(broken(format!("the pickle gives a dictionary an attribute whose name is {}", key.what()))),
    }
}

/// A dictionary, empty or of a list of pairs, as Python 2 writes it.
fn ordered(arena: &mut Arena, of: &[Value]) -> Result<Value, Problem> {
    let mut items = Vec::new();
    match of {
        [] => {}
        [Value::List(pairs)] => {
            // moved, so that a list that is kept does not become many dictionaries
            for pair in &arena.taken(*pairs) {
                match pair {
                    Value::List(pair) | Value::Tuple(pair) if arena.items(*pair).len() == 2 => {
                        items.extend_from_slice(arena.items(*pair));
                    }
                    _ => return Err(unfit("collections.OrderedDict")),
                }
            }
        }
        _ => return Err(unfit("collections.OrderedDict")),
    }
    arena.dict(items)
}

fn parameter(of: &[Value]) -> Result<Value, Problem> {
    match of {
        [data] | [data, Value::Bool(_)] => of_tensor(*data),
        _ => Err(unfit("torch.nn.parameter.Parameter")),
    }
}

/// A parameter has the elements of its tensor.
fn of_tensor(data: Value) -> Result<Value, Problem> {
    match data {
        Value::Tensor(_)
        | Value::Other(
            Other::Quantised | Other::Sparse | Other::Meta | Other::Subclass | Other::Numpy | Other::Converted,
        ) => Ok(data),
        other => Err(broken(format!("the pickle makes a parameter of {}", other.what()))),
    }
}

fn tensor(arena: &mut Arena, form: Form, of: &[Value]) -> Result<Value, Problem> {
    let (function, own, bits): (&str, Option<TorchType>, &[Value]) = match (form, of) {
        (Form::First, [_, _, _, _]) => ("_rebuild_tensor", None, &[]),
        (Form::Second, [_, _, _, _, Value::Bool(_), Value::Dict(_) | Value::None, bits @ ..]) if bits.len() <= 1 => {
            ("_rebuild_tensor_v2", None, bits)
        }
        (
            Form::Third,
            [_, _, _, _, Value::Bool(_), Value::Dict(_) | Value::None, Value::Global(Global::Type(own)), bits @ ..],
        ) if bits.len() <= 1 => ("_rebuild_tensor_v3", Some(*own), bits),
        _ => return Err(unfit("torch._utils._rebuild_tensor")),
    };
    if let Some(bits) = bits.first() {
        plain(arena, *bits)?;
    }
    let (Some(Value::Storage(storage)), Some(Value::Int(offset)), Some(Value::Tuple(size)), Some(Value::Tuple(stride))) =
        (of.first().copied(), of.get(1).copied(), of.get(2).copied(), of.get(3).copied())
    else {
        return Err(unfit(&format!("torch._utils.{function}")));
    };
    arena.tensor_of(TensorView { storage, of: own, offset, size, stride })
}

/// Refuses bits that say that the elements mean something else than what is stored.
fn plain(arena: &Arena, bits: Value) -> Result<(), Problem> {
    let items = match bits {
        Value::None => &[][..],
        Value::Dict(bits) => arena.items(bits),
        _ => return Err(unfit("torch._utils._rebuild_tensor")),
    };
    if items.iter().skip(1).step_by(2).all(|value| matches!(value, Value::Bool(false) | Value::None)) {
        return Ok(());
    }
    let message = "a tensor is a view that negates or conjugates its storage, and the file has what is in the storage; save \
                   what `resolve_conj()` and `resolve_neg()` give";
    Err(Problem::new(ProblemKind::Header, message))
}

/// `BINPERSID`: the storage that an identifier names.
pub(super) fn persistent(arena: &mut Arena, id: Value) -> Result<Value, Problem> {
    let Value::Tuple(id) = id else {
        return Err(broken(format!("the pickle names a storage by {}", id.what())));
    };
    let (kind, of, key, count, view) = match arena.items(id) {
        [
            Value::Text(kind),
            Value::Global(Global::Storage(of)),
            Value::Text(key),
            Value::Text(_),
            Value::Int(count),
        ] => (*kind, *of, *key, *count, Value::None),
        [
            Value::Text(kind),
            Value::Global(Global::Storage(of)),
            Value::Text(key),
            Value::Text(_),
            Value::Int(count),
            view,
        ] => (*kind, *of, *key, *count, *view),
        _ => return Err(broken("the pickle names a storage in a way that is not known")),
    };
    if arena.text(kind) != "storage" {
        return Err(broken(format!("the pickle names a `{}` in place of a storage", shown(arena.text(kind)))));
    }
    if view != Value::None {
        let message = "the pickle has a storage that is a part of another, as versions before 0.4 of PyTorch write it; load \
                       it with `torch.load(path, weights_only=False)` if you trust it, and save it again";
        return Err(Problem::new(ProblemKind::Header, message));
    }
    let count = u64::try_from(count).map_err(|_| broken(format!("a storage has {count} elements")))?;
    let storage = Storage { key, of, count };
    let (number, known) = arena.storage_of(storage)?;
    if known != storage {
        let of = |storage: Storage| storage.of.map_or("bytes", TorchType::name);
        return Err(broken(format!(
            "the storage `{}` is {} of {} in one place, and {} of {} in another",
            shown(arena.text(key)),
            counted(known.count, "element"),
            of(known),
            storage.count,
            of(storage)
        )));
    }
    Ok(Value::Storage(number))
}
