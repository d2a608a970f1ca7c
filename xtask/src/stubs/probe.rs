//! C text that asks a header about the names of a model: how functions are declared, what constants are.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use mpi_stubs::{CType, Model, Parameter, Value, Variant};

use super::{
    compiler::{Compiler, Objection, Unit},
    values::{self, Entry, TABLE},
};

/// A header to be asked.
pub struct Header<'a> {
    /// The folder that holds it.
    pub folder: &'a Path,
    /// Its name there.
    pub name: &'a str,
    /// What the compiler is told besides.
    pub arguments: Vec<String>,
}

impl Header<'_> {
    /// The stub header of `variant`, which must not draw a warning either.
    pub fn stub<'a>(folder: &'a Path, variant: &Variant, name: &'a str) -> Header<'a> {
        let version = format!("-DMPI_STUB_VERSION={}", variant.version);
        let arguments = ["-Wall", "-Wextra", "-Werror", &version].map(str::to_owned).to_vec();
        Header { folder, name, arguments }
    }

    /// A real `mpi.h`. Where it marks variables as imported, their address would be no constant.
    pub fn real<'a>(folder: &'a Path, name: &'a str) -> Header<'a> {
        Header { folder, name, arguments: vec!["-w".to_owned(), "-D__declspec(x)=".to_owned()] }
    }

    fn preamble(&self) -> String {
        let extensions = "#if __has_include(\"mpi-ext.h\")\n#include \"mpi-ext.h\"\n#endif";
        format!("#include \"{}\"\n{extensions}\n", self.name)
    }
}

/// What a header is asked: the value of an expression, under a name.
pub struct Question {
    /// `MPI_COMM_WORLD`, `sizeof(MPI_Status)`.
    pub name: String,
    expression: String,
    /// Whether an older header may not know it.
    pub optional: bool,
}

/// A header's answers by the question's name: a value, or the compiler's objection.
pub type Answers = BTreeMap<String, Result<Entry, String>>;

const NOT_THERE: &str = "not declared";

/// Lines of C, each about one name.
struct Lines {
    text: String,
    asked: BTreeMap<usize, (String, String)>,
    next: usize,
}

impl Lines {
    fn new(preamble: &str) -> Self {
        Self { text: preamble.to_owned(), asked: BTreeMap::new(), next: preamble.lines().count() + 1 }
    }

    /// A line that asks about `name`.
    fn push(&mut self, name: &str, line: &str) {
        self.asked.insert(self.next, (name.to_owned(), line.to_owned()));
        self.plain(line);
    }

    /// A line about nothing.
    fn plain(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.next += 1;
    }

    /// The objections by name: of two about one name the first.
    fn blame(&self, objections: Vec<Objection>) -> Result<BTreeMap<String, String>> {
        let mut blamed = BTreeMap::new();
        for Objection { line, text, other } in objections {
            let (name, ours) =
                self.asked.get(&line).with_context(|| format!("line {line} of the probe: {text}"))?;
            let text = match other {
                _ if text.starts_with("use of undeclared identifier") => NOT_THERE.to_owned(),
                Some(other) => format!("{ours} but {other}: {text}"),
                None => text,
            };
            blamed.entry(name.clone()).or_insert(text);
        }
        Ok(blamed)
    }
}

/// Declares each function and callback of `model` once more after `header`'s own declarations, and gives what the
/// compiler has against that.
///
/// # Errors
/// When the compiler cannot be started, or does not take the header.
pub fn declarations(
    compiler: &Compiler,
    header: &Header<'_>,
    model: &Model,
) -> Result<BTreeMap<String, String>> {
    let mut lines = Lines::new(&header.preamble());
    for function in &model.functions {
        let (name, parameters) = (&function.name, parameters(&function.parameters));
        // A macro of that name would hide what is declared.
        lines.push(name, &format!("#undef {name}"));
        lines.push(name, &format!("extern __typeof__({name}) *{TABLE}_{name};"));
        lines.push(name, &format!("{} {name}({parameters});", function.result));
    }
    for callback in &model.callbacks {
        let (name, parameters) = (&callback.name, parameters(&callback.parameters));
        lines.push(name, &format!("typedef {} ({name})({parameters});", callback.result));
    }
    let unit = Unit { text: &lines.text, include: header.folder, arguments: &header.arguments };
    match compiler.compile(&unit)? {
        Ok(_) => Ok(BTreeMap::new()),
        Err(objections) => {
            let mut blamed = lines.blame(objections)?;
            // A header without the type of a callback's argument is one from before that callback.
            let is_later = |name: &str, text: &str| {
                text.starts_with("unknown type name")
                    && model.callbacks.iter().any(|callback| callback.name == *name)
            };
            blamed.retain(|name, text| !is_later(name, text));
            Ok(blamed)
        }
    }
}

fn parameters(parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return "void".to_owned();
    }
    parameters.iter().map(|parameter| parameter.ctype.to_string()).collect::<Vec<_>>().join(", ")
}

/// What a header is asked about the constants and types of `model`.
pub fn questions(model: &Model) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut ask =
        |name: String, expression: String, optional| questions.push(Question { name, expression, optional });
    for constant in &model.constants {
        let name = &constant.name;
        match constant.value {
            // The value is the library's: only where it is can be asked.
            Value::Variable(_) => ask(name.clone(), format!("&{name}"), false),
            _ => ask(name.clone(), format!("({name})"), is_null_datatype(model, name)),
        }
    }
    // MPI_F08_status is only ever pointed to.
    let sized = |ctype: &CType| ctype.pointers > 0 || !ctype.base.starts_with("struct");
    for typedef in model.typedefs.iter().filter(|typedef| sized(&typedef.ctype)) {
        ask(format!("sizeof({})", typedef.name), format!("sizeof({})", typedef.name), true);
    }
    ask("sizeof(MPI_Status)".to_owned(), "sizeof(MPI_Status)".to_owned(), false);
    for field in model.status.iter().filter(|field| !field.name.contains(|c: char| c.is_ascii_lowercase())) {
        let offset = format!("__builtin_offsetof(MPI_Status, {})", field.name);
        ask(format!("offsetof(MPI_Status, {})", field.name), offset, false);
    }
    questions
}

/// Whether the constant is a datatype that the stub declares absent, which a header may say by leaving it out.
fn is_null_datatype(model: &Model, name: &str) -> bool {
    let value = |name: &str| model.constant(name).map(|constant| (&constant.ctype, &constant.value));
    name != "MPI_DATATYPE_NULL" && value(name) == value("MPI_DATATYPE_NULL")
}

/// The header's answers.
///
/// # Errors
/// When the compiler cannot be started, or does not take the header.
pub fn answers(compiler: &Compiler, header: &Header<'_>, questions: &[Question]) -> Result<Answers> {
    let mut answers = Answers::new();
    loop {
        let open: Vec<_> =
            questions.iter().filter(|question| !answers.contains_key(&question.name)).collect();
        let mut lines = Lines::new(&header.preamble());
        lines.plain(&format!("const unsigned long long {TABLE}[] = {{"));
        for question in &open {
            lines.push(&question.name, &format!("(unsigned long long){},", question.expression));
        }
        lines.plain("};");
        let unit = Unit { text: &lines.text, include: header.folder, arguments: &header.arguments };
        match compiler.compile(&unit)? {
            Ok(object) => {
                let entries = values::read(&object, open.len())?;
                answers.extend(
                    open.iter().zip(entries).map(|(question, entry)| (question.name.clone(), Ok(entry))),
                );
                return Ok(answers);
            }
            Err(objections) => {
                let blamed = lines.blame(objections)?;
                answers.extend(blamed.into_iter().map(|(name, text)| (name, Err(text))));
            }
        }
    }
}

/// What the reader of the stub headers says to those questions that are about constants.
pub fn expected(model: &Model) -> BTreeMap<&str, Entry> {
    let entry = |constant: &mpi_stubs::Constant| match &constant.value {
        Value::Integer(value) => Some(Entry::Number(widened(model, &constant.ctype, *value).cast_unsigned())),
        Value::Address(symbol) | Value::Variable(symbol) => Some(Entry::Address(symbol.clone())),
        Value::Text(_) => None,
    };
    model.constants.iter().filter_map(|constant| Some((constant.name.as_str(), entry(constant)?))).collect()
}

/// `value` as C has it after a cast to `ctype` and then to 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "as C does")]
fn widened(model: &Model, ctype: &CType, value: i64) -> i64 {
    if ctype.pointers > 0 {
        return value;
    }
    match model.typedefs.iter().find(|typedef| typedef.name == ctype.base) {
        Some(typedef) => widened(model, &typedef.ctype, value),
        None if ctype.base == "int" => i64::from(value as i32),
        None => value,
    }
}
