//! The classes of `mpi4py.MPI` whose objects compiled clients know: what `bindings/mpi4py/src` lays out in memory and
//! exports in `__pyx_capi__`. `tests/clients` holds the two against each other.

/// A class.
pub struct Class {
    pub name: &'static str,
    /// Its base class here, whose fields its objects begin with.
    pub base: Option<&'static str>,
    /// What its objects hold: the type of `ob_mpi`, and of what the functions take and give.
    pub handle: &'static str,
    /// A field of its own at the end: its type, `PyObject *` for an object of Python, and its name.
    pub last: Option<(&'static str, &'static str)>,
    pub functions: Functions,
}

/// Which functions of a class are exported.
#[derive(PartialEq)]
pub enum Functions {
    /// It is its base class's that serve it.
    None,
    /// `PyMPI<Class>_New` alone.
    New,
    /// `PyMPI<Class>_New` and `PyMPI<Class>_Get`.
    Both,
}

impl Class {
    /// A class that holds a handle, without more.
    const fn of(name: &'static str, handle: &'static str) -> Self {
        Self { name, base: None, handle, last: None, functions: Functions::Both }
    }

    const fn with(mut self, ctype: &'static str, name: &'static str) -> Self {
        self.last = Some((ctype, name));
        self
    }

    const fn below(mut self, base: &'static str, functions: Functions) -> Self {
        self.base = Some(base);
        self.functions = functions;
        self
    }

    /// The exported functions.
    pub fn exported(&self) -> Vec<Function> {
        let name = self.name;
        // A status is a struct: it is passed by its address.
        let by_address = if self.handle == "MPI_Status" { " *" } else { "" };
        let new = Function {
            name: format!("PyMPI{name}_New"),
            result: "PyObject *".to_owned(),
            argument: format!("{}{by_address}", self.handle),
        };
        let get = Function {
            name: format!("PyMPI{name}_Get"),
            result: format!("{} *", self.handle),
            argument: "PyObject *".to_owned(),
        };
        match self.functions {
            Functions::None => vec![],
            Functions::New => vec![new],
            Functions::Both => vec![new, get],
        }
    }
}

/// A function in `__pyx_capi__`, whose signature is spelled `result(argument)`.
pub struct Function {
    pub name: String,
    pub result: String,
    pub argument: String,
}

/// Every class; bases before what derives from them.
pub const CLASSES: [Class; 20] = [
    Class::of("Datatype", "MPI_Datatype"),
    Class::of("Status", "MPI_Status"),
    Class::of("Request", "MPI_Request").with("PyObject *", "ob_buf"),
    Class::of("Prequest", "MPI_Request").below("Request", Functions::New),
    Class::of("Grequest", "MPI_Request").below("Request", Functions::New).with("MPI_Request ", "ob_grequest"),
    Class::of("Message", "MPI_Message").with("PyObject *", "ob_buf"),
    Class::of("Op", "MPI_Op"),
    Class::of("Group", "MPI_Group"),
    Class::of("Info", "MPI_Info"),
    Class::of("Errhandler", "MPI_Errhandler"),
    Class::of("Session", "MPI_Session"),
    Class::of("Comm", "MPI_Comm"),
    Class::of("Intracomm", "MPI_Comm").below("Comm", Functions::None),
    Class::of("Topocomm", "MPI_Comm").below("Intracomm", Functions::None),
    Class::of("Cartcomm", "MPI_Comm").below("Topocomm", Functions::None),
    Class::of("Graphcomm", "MPI_Comm").below("Topocomm", Functions::None),
    Class::of("Distgraphcomm", "MPI_Comm").below("Topocomm", Functions::None),
    Class::of("Intercomm", "MPI_Comm").below("Comm", Functions::None),
    Class::of("Win", "MPI_Win").with("PyObject *", "ob_mem"),
    Class::of("File", "MPI_File"),
];
