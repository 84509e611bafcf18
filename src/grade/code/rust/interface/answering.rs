//! Answers the grader's calls: one JSON object a line in, one a line out. Judges nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Mutex;

use crate::json::{self, Json};
use crate::{Loss, Matrix, Module};

/// An argument of the assignment's, for whatever number type `new` takes.
#[derive(Clone, Copy, Debug)]
pub struct Argument(f64);

macro_rules! numbers {
    ($($t:ty)*) => {
        $(impl From<Argument> for $t {
            fn from(argument: Argument) -> $t {
                argument.0 as $t
            }
        })*
    };
}

numbers!(f64 f32 usize u64 u32 i64 i32);

/// A hand-in's object.
pub enum Object {
    /// A layer.
    Module(Box<dyn Module>),
    /// A loss.
    Loss(Box<dyn Loss>),
}

/// The last panic: message, file, line.
static PANIC: Mutex<Option<(String, String, u32)>> = Mutex::new(None);

/// Answers until the input ends. `make` makes an object from the constructor's arguments.
pub fn answer(make: impl Fn(&[Argument]) -> Object) {
    let Some(mut out) = own_output() else { return };
    set_hook(Box::new(|info| {
        let text = info.payload();
        let text = text.downcast_ref::<&str>().map(|text| text.to_string());
        let text = text.or_else(|| info.payload().downcast_ref::<String>().cloned());
        let place = info.location().map(|place| (place.file().to_string(), place.line()));
        let (file, line) = place.unwrap_or_default();
        if let Ok(mut last) = PANIC.lock() {
            *last = Some((text.unwrap_or_else(|| "it panicked".into()), file, line));
        }
    }));
    let mut objects: BTreeMap<String, Object> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let Some(request) = json::read(&line) else { return };
        let id = request.get("id").and_then(Json::number).unwrap_or(0.0);
        let done = catch_unwind(AssertUnwindSafe(|| handle(&request, &make, &mut objects)));
        let fields = match done {
            Ok(Ok(fields)) => fields,
            Ok(Err(message)) => failure("Error", &message, None),
            Err(_) => {
                let last = PANIC.lock().ok().and_then(|mut last| last.take());
                let (text, file, line) = last.unwrap_or_default();
                failure("panic", &text, Some((&file, line)))
            }
        };
        if writeln!(out, "{{\"id\":{id}{fields}}}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// Standard output under a number of its own, which what the hand-in prints does not share lines with.
#[cfg(unix)]
fn own_output() -> Option<File> {
    use std::os::fd::AsFd;
    std::io::stdout().as_fd().try_clone_to_owned().ok().map(File::from)
}

#[cfg(not(unix))]
fn own_output() -> Option<std::io::Stdout> {
    Some(std::io::stdout())
}

fn failure(kind: &str, message: &str, place: Option<(&str, u32)>) -> String {
    let mut fields =
        format!(",\"error\":{},\"message\":{}", json::quoted(kind), json::quoted(message));
    if let Some((file, line)) = place {
        fields += &format!(",\"place\":{{\"file\":{},\"line\":{line}}}", json::quoted(file));
    }
    fields
}

fn handle(
    request: &Json,
    make: &impl Fn(&[Argument]) -> Object,
    objects: &mut BTreeMap<String, Object>,
) -> Result<String, String> {
    let text = |key: &str| request.get(key).and_then(Json::text).unwrap_or_default();
    let name = text("name").to_string();
    let op = text("op");
    if op == "hello" {
        return Ok(",\"language\":\"Rust\"".into());
    }
    if op == "new" {
        let list = request.get("args").map(Json::list).unwrap_or_default();
        let arguments: Option<Vec<Argument>> =
            list.iter().map(|value| value.number().map(Argument)).collect();
        let mut made = make(&arguments.ok_or("an argument is no number")?);
        let shown = match &mut made {
            Object::Module(module) => parameters(module.as_mut()),
            Object::Loss(_) => String::new(),
        };
        objects.insert(name, made);
        return Ok(shown);
    }
    let object = objects.get_mut(&name).ok_or("there is no such object")?;
    match (object, op) {
        (Object::Module(module), "set") => {
            let Some(Json::Object(values)) = request.get("params") else {
                return Err("there are no parameters".into());
            };
            for (name, value) in values {
                let value = matrix(value)?;
                let mut known = module.params();
                let own = known.iter_mut().find(|(own, _)| own == name);
                let (_, own) = own.ok_or_else(|| format!("there is no parameter {name}"))?;
                **own = value;
            }
            Ok(parameters(module.as_mut()))
        }
        (Object::Module(module), "forward" | "backward") => {
            let input = inputs(request)?.into_iter().next().ok_or("there is no input")?;
            let output =
                if op == "forward" { module.forward(&input) } else { module.backward(&input) };
            let grads: Vec<String> = module
                .grads()
                .iter()
                .map(|(name, value)| format!("{}:{}", json::quoted(name), array(value)))
                .collect();
            Ok(format!(
                ",\"output\":{}{},\"grads\":{{{}}}",
                array(&output),
                parameters(module.as_mut()),
                grads.join(",")
            ))
        }
        (Object::Loss(loss), "forward" | "backward") => {
            let inputs = inputs(request)?;
            let [x, t] = inputs.as_slice() else {
                return Err("a loss takes probabilities and targets".into());
            };
            let output = if op == "forward" {
                let value = json::number(loss.forward(x, t));
                format!("{{\"shape\":[],\"dtype\":\"float64\",\"data\":[{value}]}}")
            } else {
                array(&loss.backward(x, t))
            };
            Ok(format!(",\"output\":{output}"))
        }
        _ => Err(format!("this object has no {op}")),
    }
}

fn parameters(module: &mut dyn Module) -> String {
    let shown: Vec<String> = module
        .params()
        .iter()
        .map(|(name, value)| format!("{}:{}", json::quoted(name), array(value)))
        .collect();
    format!(",\"params\":{{{}}}", shown.join(","))
}

fn inputs(request: &Json) -> Result<Vec<Matrix>, String> {
    request.get("inputs").map(Json::list).unwrap_or_default().iter().map(matrix).collect()
}

fn matrix(value: &Json) -> Result<Matrix, String> {
    let numbers = |key: &str| -> Option<Vec<f64>> {
        value.get(key)?.list().iter().map(Json::number).collect()
    };
    let (shape, data) = numbers("shape").zip(numbers("data")).ok_or("an array is not readable")?;
    let (rows, cols) = match shape.as_slice() {
        [rows, cols] => (*rows as usize, *cols as usize),
        [count] => (1, *count as usize),
        _ => return Err("an array is no matrix".into()),
    };
    if rows.checked_mul(cols) != Some(data.len()) {
        return Err("an array's shape does not fit its entries".into());
    }
    Ok(Matrix::from_rows(rows, cols, data))
}

fn array(matrix: &Matrix) -> String {
    let data: Vec<String> = matrix.data().iter().map(|&entry| json::number(entry)).collect();
    format!(
        "{{\"shape\":[{},{}],\"dtype\":\"float64\",\"data\":[{}]}}",
        matrix.rows(),
        matrix.cols(),
        data.join(",")
    )
}
