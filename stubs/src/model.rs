//! What a variant's stub header says.

use std::{fmt, path::PathBuf};

/// A stub header could not be read: where, and why.
#[derive(Debug)]
pub struct Error {
    /// The header.
    pub file: PathBuf,
    /// The line in it, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.reason)
    }
}

impl std::error::Error for Error {}

/// Everything one variant declares, in the order of the headers.
#[derive(Debug, Default)]
pub struct Model {
    /// `typedef int MPI_Comm;` and the like.
    pub typedefs: Vec<Typedef>,
    /// The fields of `MPI_Status`.
    pub status: Vec<Parameter>,
    /// Callback types.
    pub callbacks: Vec<Callback>,
    /// Constants and predefined handles.
    pub constants: Vec<Constant>,
    /// Functions.
    pub functions: Vec<Function>,
}

impl Model {
    /// The function of that name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// Adds what `other` has and this one lacks, by name.
    pub fn merge(&mut self, other: Self) {
        fn add<T>(mine: &mut Vec<T>, theirs: Vec<T>, name: impl Fn(&T) -> &str) {
            for item in theirs {
                if !mine.iter().any(|known| name(known) == name(&item)) {
                    mine.push(item);
                }
            }
        }
        add(&mut self.typedefs, other.typedefs, |item| &item.name);
        add(&mut self.callbacks, other.callbacks, |item| &item.name);
        add(&mut self.constants, other.constants, |item| &item.name);
        add(&mut self.functions, other.functions, |item| &item.name);
        if self.status.is_empty() {
            self.status = other.status;
        }
    }

    /// The constant of that name.
    pub fn constant(&self, name: &str) -> Option<&Constant> {
        self.constants.iter().find(|constant| constant.name == name)
    }
}

/// A C type of the dialect: a base name behind some pointers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CType {
    /// `int`, `long long`, `void`, `MPI_Comm`, `struct tag`.
    pub base: String,
    /// Whether the base is `const`.
    pub constant: bool,
    /// How many pointers (an array parameter counts as one).
    pub pointers: usize,
    /// The length of the innermost array, as 3 in `int ranges[][3]`.
    pub inner_array: Option<usize>,
}

impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let constant = if self.constant { "const " } else { "" };
        match self.inner_array {
            Some(length) => write!(f, "{constant}{} (*)[{length}]", self.base),
            None if self.pointers == 0 => write!(f, "{constant}{}", self.base),
            None => write!(f, "{constant}{} {}", self.base, "*".repeat(self.pointers)),
        }
    }
}

/// A parameter of a function, or a field of `MPI_Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the standard.
    pub name: String,
    /// Its type.
    pub ctype: CType,
}

/// `typedef <ctype> <name>;`
#[derive(Clone, Debug)]
pub struct Typedef {
    /// The new name.
    pub name: String,
    /// What it stands for.
    pub ctype: CType,
}

/// A callback's function type.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Its name, as `MPI_Comm_copy_attr_function`.
    pub name: String,
    /// What it returns.
    pub result: CType,
    /// What it takes.
    pub parameters: Vec<Parameter>,
}

/// A prototype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it returns.
    pub result: CType,
    /// What it takes.
    pub parameters: Vec<Parameter>,
}

/// A `#define` with a value.
#[derive(Clone, Debug)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// The type it is cast to; `int` without a cast.
    pub ctype: CType,
    /// Its value.
    pub value: Value,
}

/// The value of a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer, or an integer cast to a pointer.
    Integer(i64),
    /// A string.
    Text(String),
    /// The address of an exported variable or function.
    Address(String),
    /// What an exported pointer variable holds.
    Variable(String),
}
