//! `MPI_X_c` over `MPI_X`: the two parameter lists are compared, and each difference has its rule.

use std::fmt::Write as _;

use mpi_stubs::rust::{identifier, parameter_list};
use mpi_stubs::{CType, Function, Model, Parameter};

use crate::{Emulation, Emulations, Result};

/// Writes an emulation of every large-count form that `known` has none for, and adds it there.
pub fn generate(out: &mut String, whole: &Model, known: &mut Emulations) -> Result<()> {
    writeln!(out, "mod narrowed {{\nuse super::*;\nuse crate::narrow::*;")?;
    for large in &whole.functions {
        let Some((stem, counterparts)) = counterparts(whole, large) else { continue };
        if let Some(emulation) = known.get_mut(&large.name) {
            emulation.needs = counterparts.last().map(|plain| plain.name.clone());
            continue;
        }
        for plain in counterparts {
            if let Some(body) = Narrowing::of(stem, large, plain).body() {
                writeln!(
                    out,
                    "pub(crate) unsafe extern \"C\" fn {}({}) -> c_int {{\n    unsafe {{\n        code(|| {{{body}\n        }})\n    }}\n}}",
                    large.name,
                    parameter_list(whole, &large.parameters),
                )?;
                let path = format!("narrowed::{}", large.name);
                known.insert(large.name.clone(), Emulation { path, needs: Some(plain.name.clone()) });
                break;
            }
        }
    }
    writeln!(out, "}}")?;
    Ok(())
}

/// The name without `MPI_` and `_c`, and the functions that do the same: `MPI_X_x`, which counts in `MPI_Count`
/// since MPI 3, before `MPI_X`. Not so for extents, whose `MPI_Aint` is as wide: MPICH 3's `_x` takes its lock, and
/// so aborts in the callback of a reduction.
fn counterparts<'a>(whole: &'a Model, large: &'a Function) -> Option<(&'a str, Vec<&'a Function>)> {
    let stem = large.name.strip_prefix("MPI_")?.strip_suffix("_c")?;
    let suffixes = if stem.ends_with("extent") { ["", "_x"] } else { ["_x", ""] };
    let found = suffixes.iter().filter_map(|suffix| whole.function(&format!("MPI_{stem}{suffix}"))).collect();
    Some((stem, found))
}

/// How one large-count form is put over a plain one.
struct Narrowing<'a> {
    stem: &'a str,
    large: &'a Function,
    plain: &'a Function,
    /// What to do before the call, …
    before: Vec<String>,
    /// … what to pass, by parameter, …
    arguments: Vec<String>,
    /// … and what to do after it.
    after: Vec<String>,
    /// Whether that needs room for arrays, or for what outlives the call.
    room: bool,
}

impl<'a> Narrowing<'a> {
    fn of(stem: &'a str, large: &'a Function, plain: &'a Function) -> Self {
        let arguments = large.parameters.iter().map(|parameter| identifier(&parameter.name)).collect();
        Self { stem, large, plain, before: Vec::new(), arguments, after: Vec::new(), room: false }
    }

    /// The body of the emulation; nothing when a difference has no rule.
    fn body(mut self) -> Option<String> {
        if self.large.parameters.len() != self.plain.parameters.len() {
            return None;
        }
        if self.is("neighbors") {
            self.before.push("let (indegree, outdegree) = neighbors(comm)?;".to_owned());
        }
        let mut index = 0;
        while index < self.large.parameters.len() {
            index += self.parameter(index)?;
        }
        if self.room {
            let kind = if self.starts() { "Kept" } else { "Local" };
            self.before.insert(0, format!("let mut room = {kind}::new();"));
            if self.starts() {
                self.after.push("room.keep();".to_owned());
            }
        }
        let call = format!("crate::{}({})", self.plain.name, self.arguments.join(", "));
        let mut body = String::new();
        for line in &self.before {
            write!(body, "\n            {line}").ok()?;
        }
        match self.chunks() {
            Some(chunks) => write!(body, "\n            {chunks}").ok()?,
            None => write!(body, "\n            check({call})?;").ok()?,
        }
        for line in &self.after {
            write!(body, "\n            {line}").ok()?;
        }
        write!(body, "\n            Ok(())").ok()?;
        Some(body)
    }

    /// Handles the parameter at `index`; how many parameters that covers.
    fn parameter(&mut self, index: usize) -> Option<usize> {
        let (large, plain) = (&self.large.parameters[index], &self.plain.parameters[index]);
        if large.ctype == plain.ctype {
            return Some(1);
        }
        let (name, kind) = (identifier(&large.name), shape(&large.ctype)?);
        match (kind, plain.ctype.base.as_str()) {
            (Shape::Value, "MPI_Aint") => self.arguments[index] = format!("cast({name})?"),
            (Shape::Value, "int") if self.is_datatype(index + 1, 0) => {
                let datatype = self.arguments[index + 1].clone();
                if self.is_reduction() {
                    if self.is_blocking_elementwise() {
                        return Some(2); // `chunks` sees to it.
                    }
                    self.before.push(format!("let {name} = Reduction::new({name}, {datatype}, op)?;"));
                    self.arguments[index + 2] = format!("{name}.op.handle");
                } else {
                    self.before.push(format!("let {name} = Elements::new({name}, {datatype})?;"));
                }
                self.arguments[index] = format!("{name}.count");
                self.arguments[index + 1] = format!("{name}.datatype.handle");
                self.hold(&name);
                return Some(2);
            }
            (Shape::Value, "int") => {
                let error = if large.ctype.base == "MPI_Count" { "MPI_ERR_COUNT" } else { "MPI_ERR_ARG" };
                self.arguments[index] = format!("narrow_or({name}, {error})?");
            }
            (Shape::Array, "int") if large.ctype.base == "MPI_Count" && self.has("comm") => {
                return self.array(index);
            }
            (Shape::Out, "int" | "MPI_Aint") => {
                let initial =
                    if large.name == "position" { format!("cast(*{name})?") } else { "0".to_owned() };
                self.before.push(format!("let mut narrow_{name} = {initial};"));
                self.arguments[index] = format!("&raw mut narrow_{name}");
                self.after.push(format!("*{name} = cast(narrow_{name})?;"));
            }
            _ => return None,
        }
        Some(1)
    }

    /// Counts at `index`, with the displacements and the datatypes that follow.
    #[allow(clippy::unnecessary_wraps, reason = "one arm of a match whose others may find nothing")]
    fn array(&mut self, index: usize) -> Option<usize> {
        self.room = true;
        let counts = identifier(&self.large.parameters[index].name);
        let length = self.length(&self.large.parameters[index]);
        if self.is_datatype(index + 1, 0) {
            self.before.push(format!("let {counts} = room.counts({length}, {counts})?;"));
            self.arguments[index] = counts;
            return Some(1);
        }
        let (displs, datatype) = (self.arguments[index + 1].clone(), self.arguments[index + 2].clone());
        let same = self.large.parameters[index + 1].ctype == self.plain.parameters[index + 1].ctype;
        let w = self.is_datatype(index + 2, 1);
        let narrowing = match (w, same) {
            (true, true) => format!("typed_counts({length}, {counts}, {datatype})"),
            (true, false) => format!("entries({length}, {counts}, {displs}, {datatype})"),
            (false, _) => format!("blocks({length}, {counts}, {displs}, {datatype})"),
        };
        self.before.push(format!("let {counts} = room.{narrowing}?;"));
        self.hold(&counts);
        self.arguments[index] = format!("{counts}.counts");
        if !same {
            self.arguments[index + 1] = format!("{counts}.displs");
        }
        self.arguments[index + 2] =
            if w { format!("{counts}.datatypes") } else { format!("{counts}.datatype.handle") };
        Some(3)
    }

    /// Keeps what was made for `name` until the request is complete, where there is one.
    fn hold(&mut self, name: &str) {
        if self.starts() {
            self.room = true;
            self.after.push(format!("room.hold({name});"));
        }
    }

    /// How long the array `parameter` is.
    fn length(&self, parameter: &Parameter) -> String {
        let send = parameter.name.starts_with("send");
        if self.is("neighbors") {
            return if send { "outdegree" } else { "indegree" }.to_owned();
        }
        if self.stem.to_lowercase().contains("reduce_scatter") {
            return "group(comm)?".to_owned();
        }
        if self.has("root") {
            return "peers_at_root(comm, root)?".to_owned();
        }
        if send { "unless_in_place(sendbuf, peers(comm)?)" } else { "peers(comm)?" }.to_owned()
    }

    /// The call of a reduction that goes in chunks where the count does not fit.
    fn chunks(&self) -> Option<String> {
        if !self.is_blocking_elementwise() {
            return None;
        }
        let shifted = self.large.parameters.iter().map(|parameter| match parameter.ctype.base.as_str() {
            "void" => format!("shifted({}, offset)", parameter.name),
            _ => parameter.name.clone(),
        });
        let (plain, arguments) = (&self.plain.name, self.arguments.join(", "));
        let shifted: Vec<String> = shifted.collect();
        let shifted = shifted.join(", ");
        Some(format!(
            "match fit(count) {{\n                \
                 Some(count) => check(crate::{plain}({arguments}))?,\n                \
                 None => in_chunks(count, datatype, |offset, count| crate::{plain}({shifted}))?,\n            }}"
        ))
    }

    /// Whether a request outlives the call.
    fn starts(&self) -> bool {
        self.has("request")
    }

    fn is_reduction(&self) -> bool {
        self.has("op") && !self.has("win")
    }

    fn is_blocking_elementwise(&self) -> bool {
        matches!(self.stem, "Reduce" | "Allreduce" | "Scan" | "Exscan" | "Reduce_local")
    }

    fn has(&self, name: &str) -> bool {
        self.large.parameters.iter().any(|parameter| parameter.name == name)
    }

    /// Whether this is a neighborhood collective with arrays.
    fn is(&self, what: &str) -> bool {
        what == "neighbors"
            && self.stem.contains("eighbor")
            && self
                .large
                .parameters
                .iter()
                .any(|parameter| matches!(shape(&parameter.ctype), Some(Shape::Array)))
    }

    fn is_datatype(&self, index: usize, pointers: usize) -> bool {
        self.large
            .parameters
            .get(index)
            .is_some_and(|next| next.ctype.base == "MPI_Datatype" && next.ctype.pointers == pointers)
    }
}

enum Shape {
    Value,
    Array,
    Out,
}

/// What a count or displacement is: a value, an array to read, or a place to write.
fn shape(ctype: &CType) -> Option<Shape> {
    match (ctype.base.as_str(), ctype.pointers, ctype.constant) {
        ("MPI_Count" | "MPI_Aint", 0, _) => Some(Shape::Value),
        ("MPI_Count" | "MPI_Aint", 1, true) => Some(Shape::Array),
        ("MPI_Count" | "MPI_Aint", 1, false) => Some(Shape::Out),
        _ => None,
    }
}
