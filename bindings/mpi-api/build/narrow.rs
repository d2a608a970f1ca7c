//! `MPI_X_c` over `MPI_X`: the two parameter lists are compared, and each difference has its rule.
//!
//! What is written has two parts. The first one is for what fits: it narrows and calls, nothing more. The second, out
//! of the way, makes what does not fit fit.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mpi_stubs::rust::{identifier, parameter_list};
use mpi_stubs::{CType, Function, Model};

use crate::{Emulation, Emulations, Result};

/// Writes an emulation of every large-count form that `known` has none for, and adds it there. `large` has the
/// paths of second parts written by hand.
pub fn generate(
    out: &mut String,
    whole: &Model,
    known: &mut Emulations,
    large: &BTreeMap<String, String>,
) -> Result<()> {
    writeln!(out, "mod narrowed {{\nuse super::*;\nuse crate::narrow::*;")?;
    for function in &whole.functions {
        let Some((stem, counterparts)) = counterparts(whole, function) else { continue };
        if let Some(emulation) = known.get_mut(&function.name) {
            emulation.needs = counterparts.last().map(|plain| plain.name.clone());
            continue;
        }
        for plain in counterparts {
            let parameters = parameter_list(whole, &function.parameters);
            let second = large.get(&function.name).map(String::as_str);
            if let Some(body) = Narrowing::of(stem, function, plain).body(&parameters, second) {
                let name = &function.name;
                writeln!(
                    out,
                    "pub(crate) unsafe extern \"C\" fn {name}({parameters}) -> c_int {{ unsafe {{ {body} }} }}"
                )?;
                let path = format!("narrowed::{name}");
                known.insert(name.clone(), Emulation { path, needs: Some(plain.name.clone()) });
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

/// What to do before a call, what to pass, by parameter, and what to do after it.
#[derive(Clone, Default)]
struct Part {
    before: Vec<String>,
    arguments: Vec<String>,
    after: Vec<String>,
}

impl Part {
    fn text(&self, call: &str) -> String {
        format!(
            "{}\ncheck({call}({}))?;\n{}",
            self.before.join("\n"),
            self.arguments.join(", "),
            self.after.join("\n")
        )
    }
}

/// How one large-count form is put over a plain one.
struct Narrowing<'a> {
    stem: &'a str,
    large: &'a Function,
    plain: &'a Function,
    /// What fits, and what is asked to know that it does.
    fits: Vec<(String, String)>,
    first: Part,
    second: Part,
    /// Whether that needs room for arrays, or for what outlives the call.
    room: bool,
}

impl<'a> Narrowing<'a> {
    fn of(stem: &'a str, large: &'a Function, plain: &'a Function) -> Self {
        let arguments = large.parameters.iter().map(|parameter| identifier(&parameter.name)).collect();
        let part = Part { arguments, ..Part::default() };
        Self { stem, large, plain, fits: Vec::new(), first: part.clone(), second: part, room: false }
    }

    /// The body of the emulation; nothing when a difference has no rule.
    fn body(mut self, parameters: &str, second: Option<&str>) -> Option<String> {
        if self.large.parameters.len() != self.plain.parameters.len() {
            return None;
        }
        let mut index = 0;
        while index < self.large.parameters.len() {
            index += self.parameter(index)?;
        }
        if self.stem.to_lowercase().contains("allgatherv") && !self.stem.contains("eighbor") {
            // All processes must take the same part, and this is what all know.
            self.fitting("total", "fit(total(peers, recvcounts, recvtype)?)");
        }
        let call = format!("crate::{}", self.plain.name);
        if self.fits.is_empty() {
            return Some(format!("code(|| {{\n{}\nOk(()) }})", self.first.text(&call)));
        }
        let lengths = self.lengths();
        let (room, keep) = match (self.room, self.starts()) {
            (false, _) => ("", ""),
            (true, false) => ("let mut room = Local::new();", ""),
            (true, true) => ("let mut room = Kept::new();", "room.keep();"),
        };
        let (names, questions): (Vec<_>, Vec<_>) = self.fits.iter().cloned().unzip();
        let fits = format!("if let ({},) = ({},)", some(&names), questions.join(", "));
        let originals: Vec<String> =
            self.large.parameters.iter().map(|parameter| identifier(&parameter.name)).collect();
        let (path, definition) = if let Some(path) = second {
            (path, String::new())
        } else {
            let body = self.chunks().unwrap_or_else(|| self.second.text(&call));
            let body = format!("code(|| {{\n{lengths}\n{room}\n{body}\n{keep}\nOk(()) }})");
            let head = format!("#[cold]\n#[inline(never)]\nunsafe fn large({parameters}) -> c_int");
            ("large", format!("{head} {{ unsafe {{ {body} }} }}"))
        };
        let otherwise = format!("{path}({})", originals.join(", "));
        if lengths.is_empty() {
            // No array: the call is all there is to do.
            debug_assert!(self.first.before.is_empty() && self.first.after.is_empty(), "{}", self.large.name);
            let call = format!("{call}({})", self.first.arguments.join(", "));
            return Some(format!("{definition}\n{fits} {{ return {call}; }}\n{otherwise}"));
        }
        let first = self.first.text(&call);
        Some(format!(
            "{definition}\ncode(|| {{\n{lengths}\n{{ {room}\n{fits} {{ {first}\n{keep}\nreturn Ok(()); }} }}\ncheck({otherwise}) }})"
        ))
    }

    /// Handles the parameter at `index`; how many parameters that covers.
    fn parameter(&mut self, index: usize) -> Option<usize> {
        let (large, plain) = (&self.large.parameters[index], &self.plain.parameters[index]);
        if large.ctype == plain.ctype {
            return Some(1);
        }
        let (name, kind) = (identifier(&large.name), shape(&large.ctype)?);
        match (kind, plain.ctype.base.as_str()) {
            (Shape::Value, "MPI_Aint") => self.first.arguments[index] = format!("cast({name})?"),
            (Shape::Value, "int") if self.is_datatype(index + 1, 0) => {
                return Some(self.elements(index, &name));
            }
            (Shape::Value, "int") => {
                let error = if large.ctype.base == "MPI_Count" { "MPI_ERR_COUNT" } else { "MPI_ERR_ARG" };
                self.first.arguments[index] = format!("narrow_or({name}, {error})?");
            }
            (Shape::Array, "int") if large.ctype.base == "MPI_Count" && self.has("comm") => {
                return Some(self.array(index, &name));
            }
            (Shape::Out, "int" | "MPI_Aint") => {
                let initial =
                    if large.name == "position" { format!("cast(*{name})?") } else { "0".to_owned() };
                self.first.before.push(format!("let mut narrow_{name} = {initial};"));
                self.first.arguments[index] = format!("&raw mut narrow_{name}");
                self.first.after.push(format!("*{name} = cast(narrow_{name})?;"));
            }
            _ => return None,
        }
        Some(1)
    }

    /// A count at `index`, with the datatype that follows.
    fn elements(&mut self, index: usize, count: &str) -> usize {
        let datatype = self.second.arguments[index + 1].clone();
        self.first.arguments[index] = self.fitting(count, &format!("fit({count})"));
        let arguments = &mut self.second.arguments;
        arguments[index] = format!("{count}.count");
        arguments[index + 1] = format!("{count}.datatype.handle");
        let made = if self.has("op") && !self.has("win") {
            self.second.arguments[index + 2] = format!("{count}.op.handle");
            format!("Reduction::new({count}, {datatype}, op)?")
        } else {
            format!("Elements::new({count}, {datatype})?")
        };
        self.second.before.push(format!("let {count} = {made};"));
        self.hold(count);
        2
    }

    /// Counts at `index`, with the displacements and the datatypes that follow.
    fn array(&mut self, index: usize, counts: &str) -> usize {
        self.room = true;
        let length = self.length(counts);
        self.first.arguments[index] = self.fitting(counts, &format!("room.narrowed({counts}, {length})"));
        if self.is_datatype(index + 1, 0) {
            self.second.before.push(format!("let {counts} = room.counts({length}, {counts})?;"));
            return 1;
        }
        let (displs, datatype) =
            (self.second.arguments[index + 1].clone(), self.second.arguments[index + 2].clone());
        let same = self.large.parameters[index + 1].ctype == self.plain.parameters[index + 1].ctype;
        if !same {
            let question = format!("room.narrowed({displs}, {length})");
            self.first.arguments[index + 1] = self.fitting(&displs, &question);
            self.second.arguments[index + 1] = format!("{counts}.displs");
        }
        let (narrowing, datatypes) = match (self.is_datatype(index + 2, 1), same) {
            (true, true) => (format!("typed_counts({length}, {counts}, {datatype})"), "datatypes"),
            (true, false) => (format!("entries({length}, {counts}, {displs}, {datatype})"), "datatypes"),
            (false, _) => (format!("blocks({length}, {counts}, {displs}, {datatype})"), "datatype.handle"),
        };
        self.second.before.push(format!("let {counts} = room.{narrowing}?;"));
        self.second.arguments[index] = format!("{counts}.counts");
        self.second.arguments[index + 2] = format!("{counts}.{datatypes}");
        self.hold(counts);
        3
    }

    /// Notes that `name` must fit, which `question` answers; what it is called then.
    fn fitting(&mut self, name: &str, question: &str) -> String {
        let narrow = format!("narrow_{name}");
        self.fits.push((narrow.clone(), question.to_owned()));
        narrow
    }

    /// Keeps what was made for `name` until the request is complete, where the library may not (`crate::scratch`).
    fn hold(&mut self, name: &str) {
        let collective = self.has("comm") && !self.has("tag") && !self.has("sendtag");
        if self.starts() && (collective || self.stem.starts_with("File_")) {
            self.room = true;
            self.second.after.push(format!("room.hold({name});"));
        }
    }

    /// Finds out how long the arrays are.
    fn lengths(&self) -> String {
        if !self
            .large
            .parameters
            .iter()
            .any(|parameter| matches!(shape(&parameter.ctype), Some(Shape::Array)))
        {
            String::new()
        } else if self.stem.contains("eighbor") {
            "let (indegree, outdegree) = neighbors(comm)?;".to_owned()
        } else if self.stem.to_lowercase().contains("reduce_scatter") {
            "let peers = group(comm)?;".to_owned()
        } else if self.has("root") {
            "let peers = peers_at_root(comm, root)?;".to_owned()
        } else {
            "let peers = peers(comm)?;".to_owned()
        }
    }

    /// How long the array `name` is.
    fn length(&self, name: &str) -> &'static str {
        let send = name.starts_with("send");
        match (self.stem.contains("eighbor"), send) {
            (true, true) => "outdegree",
            (true, false) => "indegree",
            (false, true) if !self.has("root") => "unless_in_place(sendbuf, peers)",
            _ => "peers",
        }
    }

    /// The call of a blocking reduction, in chunks.
    fn chunks(&self) -> Option<String> {
        if !matches!(self.stem, "Reduce" | "Allreduce" | "Scan" | "Exscan" | "Reduce_local") {
            return None;
        }
        let shifted = self.large.parameters.iter().map(|parameter| match parameter.ctype.base.as_str() {
            "void" => format!("shifted({}, offset)", parameter.name),
            _ => parameter.name.clone(),
        });
        let call = format!("crate::{}({})", self.plain.name, shifted.collect::<Vec<_>>().join(", "));
        Some(format!("in_chunks(count, datatype, |offset, count| {call})?;"))
    }

    /// Whether the operation outlives the call: with a request, or as a split collective.
    fn starts(&self) -> bool {
        self.has("request") || self.stem.ends_with("_begin")
    }

    fn has(&self, name: &str) -> bool {
        self.large.parameters.iter().any(|parameter| parameter.name == name)
    }

    fn is_datatype(&self, index: usize, pointers: usize) -> bool {
        self.large
            .parameters
            .get(index)
            .is_some_and(|next| next.ctype.base == "MPI_Datatype" && next.ctype.pointers == pointers)
    }
}

/// `Some(a), Some(b)`
fn some(names: &[String]) -> String {
    names.iter().map(|name| format!("Some({name})")).collect::<Vec<_>>().join(", ")
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
