//! Processes that join while the program runs: started, connected, or those that started us (MPI 5.0, sections 11.8
//! and 11.9).

use core::ffi::{c_char, c_int};

use mpi_api::types::{MPI_Comm, MPI_Info};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyType};

use super::{Comm, Intercomm, Intracomm};
use crate::call::{check, mpi, released};
use crate::handle::HandleClass;
use crate::info::Info;
use crate::lifecycle;
use crate::method::methods;
use crate::text::Text;

/// Pointers to `texts`, and a null pointer at their end.
fn pointers(texts: &[Text]) -> Vec<*mut c_char> {
    let addresses = texts.iter().map(|text| text.as_ptr().cast_mut());
    addresses.chain([core::ptr::null_mut()]).collect()
}

/// The arguments of a program.
struct Arguments {
    _texts: Vec<Text>,
    argv: Vec<*mut c_char>,
}

impl Arguments {
    /// A sequence of text, a single text, or None for no arguments.
    fn new(arguments: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let texts = match arguments {
            None => Vec::new(),
            Some(one) if is_text(one) => vec![one.extract()?],
            Some(several) => several.try_iter()?.map(|text| text?.extract()).collect::<PyResult<_>>()?,
        };
        Ok(Self { argv: pointers(&texts), _texts: texts })
    }
}

fn is_text(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>()
}

/// The path of a program, as the file system knows it.
fn program(command: &Bound<'_, PyAny>) -> PyResult<Text> {
    let os = command.py().import(intern!(command.py(), "os"))?;
    os.call_method1(intern!(command.py(), "fsencode"), (command,))?.extract()
}

/// Several programs, as `Spawn_multiple` is told of them: one item of each list for each program.
#[derive(Default)]
struct Programs {
    commands: Vec<Text>,
    arguments: Vec<Arguments>,
    maxprocs: Vec<c_int>,
    infos: Vec<MPI_Info>,
}

impl Programs {
    fn new(
        command: &Bound<'_, PyAny>,
        args: Option<&Bound<'_, PyAny>>,
        maxprocs: Option<&Bound<'_, PyAny>>,
        info: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        if is_text(command) {
            return Err(PyValueError::new_err(
                "Spawn_multiple: 'command' is a sequence of paths, not one path",
            ));
        }
        let commands: Vec<Text> = command.try_iter()?.map(|path| program(&path?)).collect::<PyResult<_>>()?;
        let count = commands.len();
        let arguments = each(args, "args", count)?;
        let infos = match info {
            Some(one) if one.is_instance_of::<Info>() => vec![Some(one.clone()); count],
            info => each(info, "info", count)?,
        };
        Ok(Self {
            commands,
            arguments: arguments.iter().map(|it| Arguments::new(it.as_ref())).collect::<PyResult<_>>()?,
            maxprocs: counts(maxprocs, count)?,
            infos: infos.iter().map(|info| hints(info.as_ref())).collect::<PyResult<_>>()?,
        })
    }
}

fn hints(info: Option<&Bound<'_, PyAny>>) -> PyResult<MPI_Info> {
    info.map_or_else(|| Ok(Info::null()), |info| Ok(info.cast::<Info>()?.get().raw()))
}

/// `count` items of a sequence, of which each may be None; None for the sequence is as many of that.
fn each<'py>(
    items: Option<&Bound<'py, PyAny>>,
    name: &str,
    count: usize,
) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
    let Some(items) = items else { return Ok(vec![None; count]) };
    let items: Vec<Option<Bound<'py, PyAny>>> = items
        .try_iter()?
        .map(|item| Ok(Some(item?).filter(|item| !item.is_none())))
        .collect::<PyResult<_>>()?;
    if items.len() == count {
        return Ok(items);
    }
    Err(PyValueError::new_err(format!(
        "Spawn_multiple: expecting {count} items in '{name}', one for each command, got {}",
        items.len()
    )))
}

/// How many processes of each of `count` programs: one by default, the same number of all, or a sequence of numbers.
fn counts(maxprocs: Option<&Bound<'_, PyAny>>, count: usize) -> PyResult<Vec<c_int>> {
    match maxprocs {
        Some(number) if number.is_instance_of::<PyInt>() => Ok(vec![number.extract()?; count]),
        maxprocs => each(maxprocs, "maxprocs", count)?
            .iter()
            .map(|number| number.as_ref().map_or(Ok(1), PyAnyMethods::extract))
            .collect(),
    }
}

/// Where MPI says what became of each process.
struct Codes(Vec<c_int>);

impl Codes {
    /// Room for at least this many: MPI writes as many codes as the root asks for processes, whatever the number that
    /// the others give, and these then read no further than their own.
    const ROOM: usize = 1 << 16;

    fn new(wanted: bool, maxprocs: &[c_int]) -> Self {
        let count = maxprocs.iter().map(|&count| usize::try_from(count).unwrap_or_default()).sum::<usize>();
        Self(if wanted { vec![mpi_api::MPI_SUCCESS; count.max(Self::ROOM)] } else { Vec::new() })
    }

    fn address(&mut self) -> *mut c_int {
        if self.0.is_empty() { mpi_api::MPI_ERRCODES_IGNORE() } else { self.0.as_mut_ptr() }
    }

    /// A list of codes for each program.
    fn by_program<'py>(&self, py: Python<'py>, maxprocs: &[c_int]) -> PyResult<Vec<Bound<'py, PyList>>> {
        let mut rest = self.0.as_slice();
        let mut next = |&count: &c_int| {
            let (these, others) = rest.split_at(usize::try_from(count).unwrap_or_default());
            rest = others;
            PyList::new(py, these)
        };
        maxprocs.iter().map(&mut next).collect()
    }
}

/// The object for a communicator to processes that were not there before.
fn wrap(py: Python<'_>, raw: MPI_Comm) -> PyResult<Bound<'_, Comm>> {
    lifecycle::adopt(raw)?;
    Comm::wrap_as(&py.get_type::<Intercomm>(), raw)
}

#[methods]
impl Intracomm {
    /// Start `maxprocs` processes of the program `command` (MPI 5.0, section 11.8.2). Collective.
    ///
    /// Returns the intercommunicator to them; they get theirs from `Comm.Get_parent`. `args` is a sequence of text,
    /// without the program's own name. What is to be started counts at the root alone. `errcodes` is a list that
    /// gets an error code for each process, `SUCCESS` for one that was started.
    #[pyo3(
        signature = (command, args=None, maxprocs=1, info=None, root=0, errcodes=None),
        text_signature = "($self, command, args=None, maxprocs=1, info=..., root=0, errcodes=None)"
    )]
    fn Spawn<'py>(
        slf: &Bound<'py, Self>,
        command: &Bound<'py, PyAny>,
        args: Option<&Bound<'py, PyAny>>,
        maxprocs: c_int,
        info: Option<&Bound<'py, Info>>,
        root: c_int,
        errcodes: Option<&Bound<'py, PyList>>,
    ) -> PyResult<Bound<'py, Comm>> {
        let (py, comm) = (slf.py(), slf.as_super().get());
        let (path, mut arguments) = if comm.rank()? == root {
            (program(command)?, Arguments::new(args)?)
        } else {
            (Text::from(c""), Arguments::new(None)?)
        };
        let mut codes = Codes::new(errcodes.is_some(), &[maxprocs]);
        let (address, info, mut new) = (codes.address(), Info::raw_or_null(info), Comm::null());
        let (path, argv, raw) = (path.as_ptr(), arguments.argv.as_mut_ptr(), comm.raw());
        let done = mpi!(py, MPI_Comm_spawn(path, argv, maxprocs, info, root, raw, &raw mut new, address));
        if let Some(list) = errcodes {
            list.set_slice(0, list.len(), &codes.by_program(py, &[maxprocs])?[0])?;
        }
        done?;
        wrap(py, new)
    }

    /// Start processes of several programs, all in one `COMM_WORLD` (MPI 5.0, section 11.8.3). Collective.
    ///
    /// `command` is a sequence of programs. `args` has a sequence of arguments for each, `maxprocs` a number or one
    /// for each (1 by default), `info` hints or some for each. `errcodes` is a list that gets a list for each
    /// program, of an error code for each process. See `Spawn`.
    #[pyo3(
        signature = (command, args=None, maxprocs=None, info=None, root=0, errcodes=None),
        text_signature = "($self, command, args=None, maxprocs=None, info=..., root=0, errcodes=None)"
    )]
    fn Spawn_multiple<'py>(
        slf: &Bound<'py, Self>,
        command: &Bound<'py, PyAny>,
        args: Option<&Bound<'py, PyAny>>,
        maxprocs: Option<&Bound<'py, PyAny>>,
        info: Option<&Bound<'py, PyAny>>,
        root: c_int,
        errcodes: Option<&Bound<'py, PyList>>,
    ) -> PyResult<Bound<'py, Comm>> {
        let (py, comm) = (slf.py(), slf.as_super().get());
        let programs = if comm.rank()? == root {
            Programs::new(command, args, maxprocs, info)?
        } else {
            // What is told here does not count, and need not make sense: only how many error codes to return.
            let maxprocs = command.len().and_then(|count| counts(maxprocs, count)).unwrap_or_default();
            Programs { maxprocs, ..Programs::default() }
        };
        let Programs { commands, mut arguments, maxprocs, infos } = programs;
        let mut commands_argv = pointers(&commands);
        let mut argvs: Vec<_> = arguments.iter_mut().map(|it| it.argv.as_mut_ptr()).collect();
        let mut codes = Codes::new(errcodes.is_some(), &maxprocs);
        let (address, count, mut new) = (codes.address(), c_int::try_from(commands.len())?, Comm::null());
        let (names, argvs) = (commands_argv.as_mut_ptr(), argvs.as_mut_ptr());
        let (numbers, infos, raw) = (maxprocs.as_ptr(), infos.as_ptr(), comm.raw());
        let done = mpi!(
            py,
            MPI_Comm_spawn_multiple(count, names, argvs, numbers, infos, root, raw, &raw mut new, address)
        );
        if let Some(list) = errcodes {
            let codes = PyList::new(py, codes.by_program(py, &maxprocs)?)?;
            list.set_slice(0, list.len(), &codes)?;
        }
        done?;
        wrap(py, new)
    }

    /// Wait at a port for the processes that `Connect` (MPI 5.0, section 11.9.2). Collective.
    ///
    /// `port_name`, from `Open_port`, and `info` count at the root alone. Returns the intercommunicator to them.
    #[pyo3(
        signature = (port_name, info=None, root=0),
        text_signature = "($self, port_name, info=..., root=0)"
    )]
    fn Accept<'py>(
        slf: &Bound<'py, Self>,
        port_name: &Bound<'py, PyAny>,
        info: Option<&Bound<'py, Info>>,
        root: c_int,
    ) -> PyResult<Bound<'py, Comm>> {
        meet(slf, mpi_api::MPI_Comm_accept, port_name, info, root)
    }

    /// Connect to the processes that `Accept` at a port (MPI 5.0, section 11.9.3). Collective.
    ///
    /// `port_name`, as they got it from `Open_port`, and `info` count at the root alone. Returns the
    /// intercommunicator to them. A port that nobody has opened is an error of class `ERR_PORT`.
    #[pyo3(
        signature = (port_name, info=None, root=0),
        text_signature = "($self, port_name, info=..., root=0)"
    )]
    fn Connect<'py>(
        slf: &Bound<'py, Self>,
        port_name: &Bound<'py, PyAny>,
        info: Option<&Bound<'py, Info>>,
        root: c_int,
    ) -> PyResult<Bound<'py, Comm>> {
        meet(slf, mpi_api::MPI_Comm_connect, port_name, info, root)
    }
}

/// `MPI_Comm_accept` or `MPI_Comm_connect`: the intercommunicator to those who come to the port, whose name counts at the
/// root.
fn meet<'py>(
    comm: &Bound<'py, Intracomm>,
    function: unsafe fn(*const c_char, MPI_Info, c_int, MPI_Comm, *mut MPI_Comm) -> c_int,
    port: &Bound<'py, PyAny>,
    info: Option<&Bound<'py, Info>>,
    root: c_int,
) -> PyResult<Bound<'py, Comm>> {
    let (py, raw, info, mut new) = (comm.py(), comm.as_super().get(), Info::raw_or_null(info), Comm::null());
    let port = if raw.rank()? == root { port.extract()? } else { Text::from(c"") };
    let (name, raw, place) = (port.as_ptr(), raw.raw(), &raw mut new);
    // SAFETY: a function of MPI, text that lives until it returns, handles of live objects, and a local variable.
    check(released(py, || unsafe { function(name, info, root, raw, place) }))?;
    wrap(py, new)
}

#[methods]
impl Comm {
    /// Return the intercommunicator to the processes that started this one, `COMM_NULL` if none did (MPI 5.0, section
    /// 11.8.2).
    #[classmethod]
    fn Get_parent<'py>(cls: &Bound<'py, PyType>) -> PyResult<Bound<'py, Self>> {
        let (py, mut parent) = (cls.py(), Self::null());
        mpi!(MPI_Comm_get_parent(&raw mut parent))?;
        Self::wrap_as(&py.get_type::<Intercomm>(), parent)
    }

    /// Make an intercommunicator with the process at the other end of a socket (MPI 5.0, section 11.10.4).
    ///
    /// `fd` is the socket's file descriptor; both processes call this, and nothing may be under way in the socket.
    #[classmethod]
    fn Join<'py>(cls: &Bound<'py, PyType>, fd: c_int) -> PyResult<Bound<'py, Self>> {
        let (py, mut new) = (cls.py(), Self::null());
        mpi!(py, MPI_Comm_join(fd, &raw mut new))?;
        wrap(py, new)
    }
}
