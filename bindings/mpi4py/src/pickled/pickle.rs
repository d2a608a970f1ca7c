//! `MPI.Pickle` and `MPI.pickle`: how objects become bytes. Replaceable in place.

use std::cell::RefCell;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyTuple};

use crate::buffer::Buffer;
use crate::invoke::invoke;
use crate::message::memory::{Access, Memory};
use crate::method::methods;

/// Buffers below this many bytes stay in the pickle stream.
const THRESHOLD: i64 = 1 << 18;

/// Pickle/unpickle Python objects.
///
/// `dumps(obj, protocol)` gives bytes and `loads(data)` the object again; both default to those of `pickle`.
/// `protocol` None leaves it to `dumps`. `threshold` is the size in bytes from which a buffer goes out of band.
#[pyclass(frozen, subclass, module = "mpi4py.MPI", name = "Pickle")]
pub(crate) struct Pickle(RefCell<State>);

// SAFETY: reached with the GIL held only, and no borrow lasts over a call into Python.
unsafe impl Sync for Pickle {}

struct State {
    dumps: Py<PyAny>,
    loads: Py<PyAny>,
    /// Whether `loads` is not that of `pickle`.
    foreign: bool,
    protocol: Option<Py<PyAny>>,
    threshold: i64,
}

impl State {
    fn default(py: Python<'_>) -> PyResult<Self> {
        let pickle = py.import(intern!(py, "pickle"))?;
        Ok(Self {
            dumps: pickle.getattr(intern!(py, "dumps"))?.unbind(),
            loads: pickle.getattr(intern!(py, "loads"))?.unbind(),
            foreign: false,
            protocol: Some(pickle.getattr(intern!(py, "HIGHEST_PROTOCOL"))?.unbind()),
            threshold: THRESHOLD,
        })
    }
}

/// The module's `pickle`.
static GLOBAL: PyOnceLock<Py<Pickle>> = PyOnceLock::new();

#[methods]
impl Pickle {
    #[new]
    #[pyo3(
        signature = (*_args, **_kwargs),
        text_signature = "(dumps=None, loads=None, protocol=None, threshold=None)"
    )]
    fn py_new(
        py: Python<'_>,
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, pyo3::types::PyDict>>,
    ) -> PyResult<Self> {
        State::default(py).map(|state| Self(RefCell::new(state)))
    }

    /// Set the functions and parameters; those left out get their default again.
    #[pyo3(signature = (dumps=None, loads=None, protocol=None, threshold=None))]
    fn __init__(
        &self,
        py: Python<'_>,
        dumps: Option<Py<PyAny>>,
        loads: Option<Py<PyAny>>,
        protocol: Option<Py<PyAny>>,
        threshold: Option<i64>,
    ) -> PyResult<()> {
        let mut state = State::default(py)?;
        // A protocol that fits the default function may not fit another.
        if protocol.is_some() || dumps.as_ref().is_some_and(|dumps| !dumps.is(&state.dumps)) {
            state.protocol = protocol;
        }
        state.dumps = dumps.unwrap_or(state.dumps);
        state.foreign = loads.as_ref().is_some_and(|loads| !loads.is(&state.loads));
        state.loads = loads.unwrap_or(state.loads);
        state.threshold = threshold.unwrap_or(THRESHOLD);
        let _old = self.0.replace(state);
        Ok(())
    }

    /// Serialize an object to bytes.
    fn dumps<'py>(&self, obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = obj.py();
        let (dumps, protocol) = {
            let state = self.0.borrow();
            (state.dumps.bind(py).clone(), state.protocol.as_ref().map(|protocol| protocol.bind(py).clone()))
        };
        if let Some(protocol) = protocol { invoke!(&dumps, obj, protocol) } else { invoke!(&dumps, obj) }
    }

    /// Deserialize an object from a buffer of bytes.
    fn loads<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        let loads = self.0.borrow().loads.bind(py).clone();
        invoke!(&loads, data)
    }

    /// Serialize an object to bytes and a list of out-of-band buffers: an `MPI.buffer` for each.
    fn dumps_oob<'py>(&self, obj: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyList>)> {
        let py = obj.py();
        let (dumps, protocol, threshold) = {
            let state = self.0.borrow();
            let protocol = state.protocol.as_ref().map(|protocol| protocol.clone_ref(py));
            (state.dumps.clone_ref(py), protocol, state.threshold)
        };
        // Out-of-band buffers came with protocol 5.
        let protocol: i64 = protocol.map_or(Ok(5), |protocol| protocol.bind(py).extract())?;
        let protocol = if protocol < 0 { protocol } else { protocol.max(5) };
        let buffers = PyList::empty(py);
        let collector = Bound::new(py, Collector { buffers: buffers.clone().unbind(), threshold })?;
        let kwargs = pyo3::types::PyDict::new(py);
        kwargs.set_item(intern!(py, "buffer_callback"), collector)?;
        let data = dumps.into_bound(py).call((obj, protocol), Some(&kwargs))?;
        Ok((data, buffers))
    }

    /// Deserialize an object from bytes and out-of-band buffers.
    fn loads_oob<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        buffers: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        let loads = self.0.borrow().loads.clone_ref(py);
        let kwargs = pyo3::types::PyDict::new(py);
        kwargs.set_item(intern!(py, "buffers"), buffers)?;
        loads.into_bound(py).call((data,), Some(&kwargs))
    }

    /// Protocol version; None leaves it to `dumps`.
    #[getter(PROTOCOL)]
    fn get_protocol(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0.borrow().protocol.as_ref().map(|protocol| protocol.clone_ref(py))
    }

    #[setter(PROTOCOL)]
    fn set_protocol(&self, py: Python<'_>, protocol: Option<Py<PyAny>>) -> PyResult<()> {
        // None asks for the default of the default functions, as a new object has it. The import runs before the borrow.
        let default = State::default(py)?;
        let mut state = self.0.borrow_mut();
        let default = if state.dumps.is(&default.dumps) { default.protocol } else { None };
        let old = core::mem::replace(&mut state.protocol, protocol.or(default));
        drop(state);
        drop(old);
        Ok(())
    }

    /// Size in bytes from which a buffer goes out of band.
    #[getter(THRESHOLD)]
    fn get_threshold(&self) -> i64 {
        self.0.borrow().threshold
    }

    #[setter(THRESHOLD)]
    fn set_threshold(&self, threshold: Option<i64>) {
        self.0.borrow_mut().threshold = threshold.unwrap_or(THRESHOLD);
    }
}

impl Pickle {
    fn global(py: Python<'_>) -> &Self {
        GLOBAL.get(py).unwrap_or_else(|| unreachable!("set when the module is made")).get()
    }

    /// Serializes through the module's `pickle`.
    pub fn dumps_global<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let data = Self::global(object.py()).dumps(object)?;
        match data.cast_into::<PyBytes>() {
            Ok(bytes) => Ok(bytes),
            // A replaced `dumps` may give any buffer.
            Err(error) => {
                let memory = Memory::borrow(&error.into_inner(), Access::Read)?;
                // SAFETY: `memory` holds that many bytes and is alive; the GIL keeps Python code off them.
                let bytes = unsafe {
                    core::slice::from_raw_parts(memory.address.cast::<u8>(), memory.bytes as usize)
                };
                Ok(PyBytes::new(object.py(), bytes))
            }
        }
    }

    /// Whether the module's `pickle` finds the end of an object by itself, as `pickle.loads` does: what follows is no matter.
    pub fn stops_at_the_end(py: Python<'_>) -> bool {
        !Self::global(py).0.borrow().foreign
    }

    /// Deserializes through the module's `pickle`. A replaced `loads` gets an `MPI.buffer`, whose methods it may count on.
    pub fn loads_global<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (py, global) = (data.py(), Self::global(data.py()));
        if global.0.borrow().foreign {
            return global.loads(&py.get_type::<Buffer>().call1((data,))?);
        }
        global.loads(data)
    }
}

/// Decides for each buffer of an object whether it goes out of band.
#[pyclass(frozen, module = "mpi4py.MPI", name = "_Collector")]
struct Collector {
    buffers: Py<PyList>,
    threshold: i64,
}

#[pymethods]
impl Collector {
    /// True keeps `buffer` in the stream, false takes it out.
    fn __call__(&self, buffer: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = buffer.py();
        let memory = Buffer::over(buffer, false)?;
        if (memory.extent().1 as i64) < self.threshold {
            return Ok(true);
        }
        self.buffers.bind(py).append(memory.object(py)?)?;
        Ok(false)
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<Pickle>()?;
    let pickle = Py::new(py, Pickle(RefCell::new(State::default(py)?)))?;
    module.add("pickle", pickle.clone_ref(py))?;
    let _ = GLOBAL.set(py, pickle);
    Ok(())
}
