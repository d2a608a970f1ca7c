//! How a datatype was made (MPI 5.0, section 5.1.13), and making it again from that.
//!
//! What MPI tells depends on whether the constructor with `int` or the one with large counts was called: the
//! numbers come in another split over its arrays, yet in the same order. [`Decoded`] joins them.

use core::ffi::c_int;

use mpi_api::types::{MPI_Count, MPI_Datatype};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::envelope::{Contents, Envelope};
use super::{Datatype, predefined};
use crate::call::mpi;
use crate::handle::{HandleClass, pickle};
use crate::method::{function, methods};

/// Whose the datatypes are that MPI gave us.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    /// The caller's.
    Given,
    /// Ours alone: they are freed with their objects.
    Temporary,
}

/// The object for a datatype that MPI told us.
pub(super) fn part(py: Python<'_>, raw: MPI_Datatype, parts: Parts) -> PyResult<Bound<'_, Datatype>> {
    if let Some(known) = predefined::object(py, raw) {
        return Ok(known);
    }
    let object = Datatype::object(py, raw)?;
    if parts == Parts::Temporary && raw != Datatype::null() && !Envelope::of(raw)?.is_predefined() {
        object.get().make_temporary();
    }
    Ok(object)
}

/// Runs `work` on the datatype that `raw` is a duplicate of.
pub(super) fn with_original<R>(
    raw: MPI_Datatype,
    work: impl FnOnce(MPI_Datatype) -> PyResult<R>,
) -> PyResult<R> {
    let decoded = Decoded::of(raw)?;
    let &[mut original] = decoded.datatypes.as_slice() else {
        return Err(PyValueError::new_err("the datatype is no duplicate"));
    };
    let result = work(original);
    if !Envelope::of(original)?.is_predefined() {
        mpi!(MPI_Type_free(&raw mut original))?;
    }
    result
}

/// A kind of constructor: its name, the parameters of its method in order, and how many numbers each takes.
struct Combiner {
    value: c_int,
    name: &'static str,
    parameters: &'static [(&'static str, Length)],
}

/// How many numbers a parameter takes.
#[derive(Clone, Copy)]
enum Length {
    One,
    /// A list, of as many items as the constructor's count says.
    List,
    /// The datatypes of a structure.
    Datatypes,
}

macro_rules! combiners {
    ($($name:literal = $value:ident: $($parameter:ident $length:ident),*;)*) => {
        &[$(Combiner {
            value: mpi_api::$value,
            name: $name,
            parameters: &[$((stringify!($parameter), Length::$length)),*],
        }),*]
    };
}

/// Every constructor, as `Create_<name>` in lower case takes its arguments.
const COMBINERS: &[Combiner] = combiners! {
    "NAMED" = MPI_COMBINER_NAMED: ;
    "DUP" = MPI_COMBINER_DUP: ;
    "CONTIGUOUS" = MPI_COMBINER_CONTIGUOUS: count One;
    "VECTOR" = MPI_COMBINER_VECTOR: count One, blocklength One, stride One;
    "HVECTOR" = MPI_COMBINER_HVECTOR: count One, blocklength One, stride One;
    "INDEXED" = MPI_COMBINER_INDEXED: blocklengths List, displacements List;
    "HINDEXED" = MPI_COMBINER_HINDEXED: blocklengths List, displacements List;
    "INDEXED_BLOCK" = MPI_COMBINER_INDEXED_BLOCK: blocklength One, displacements List;
    "HINDEXED_BLOCK" = MPI_COMBINER_HINDEXED_BLOCK: blocklength One, displacements List;
    "STRUCT" = MPI_COMBINER_STRUCT: blocklengths List, displacements List, datatypes Datatypes;
    "SUBARRAY" = MPI_COMBINER_SUBARRAY: sizes List, subsizes List, starts List, order One;
    "DARRAY" = MPI_COMBINER_DARRAY:
        size One, rank One, gsizes List, distribs List, dargs List, psizes List, order One;
    "RESIZED" = MPI_COMBINER_RESIZED: lb One, extent One;
    "F90_INTEGER" = MPI_COMBINER_F90_INTEGER: r One;
    "F90_REAL" = MPI_COMBINER_F90_REAL: p One, r One;
    "F90_COMPLEX" = MPI_COMBINER_F90_COMPLEX: p One, r One;
    "VALUE_INDEX" = MPI_COMBINER_VALUE_INDEX: ;
};

/// A datatype taken apart.
pub(super) struct Decoded {
    combiner: &'static Combiner,
    /// The constructor's numbers in the order of its parameters, without the lengths of lists.
    numbers: Vec<MPI_Count>,
    /// The length of its lists.
    length: usize,
    datatypes: Vec<MPI_Datatype>,
}

impl Decoded {
    pub fn of(raw: MPI_Datatype) -> PyResult<Self> {
        let envelope = Envelope::of(raw)?;
        let combiner = COMBINERS
            .iter()
            .find(|combiner| combiner.value == envelope.combiner)
            .ok_or_else(|| PyValueError::new_err(format!("unknown combiner {}", envelope.combiner)))?;
        if envelope.combiner == mpi_api::MPI_COMBINER_NAMED {
            return Ok(Self { combiner, numbers: Vec::new(), length: 0, datatypes: Vec::new() });
        }
        let Contents { integers, addresses, counts, datatypes } = Contents::of(raw, &envelope)?;
        let mut integers = integers.into_iter().map(MPI_Count::from);
        #[allow(
            clippy::unnecessary_cast,
            reason = "of the same width, yet not the same type in every variant"
        )]
        let sizes = addresses.into_iter().map(|address| address as MPI_Count).chain(counts);
        // Where large counts stand among the integers, and which number is the length of the lists.
        let (numbers, length) = match envelope.combiner {
            mpi_api::MPI_COMBINER_DARRAY => {
                let (size, rank, length) = (integers.next(), integers.next(), integers.next());
                (size.into_iter().chain(rank).chain(sizes).chain(integers).collect(), length)
            }
            mpi_api::MPI_COMBINER_SUBARRAY => {
                let length = integers.next();
                (sizes.chain(integers).collect(), length)
            }
            _ => {
                let mut numbers: Vec<MPI_Count> = integers.chain(sizes).collect();
                let lists = combiner.parameters.iter().any(|(_, length)| matches!(length, Length::List));
                let length = (lists && !numbers.is_empty()).then(|| numbers.remove(0));
                (numbers, length)
            }
        };
        Ok(Self { combiner, numbers, length: usize::try_from(length.unwrap_or(0))?, datatypes })
    }

    /// The arguments for the method that makes such a datatype.
    fn arguments<'py>(
        &self,
        py: Python<'py>,
        parts: &[Bound<'py, Datatype>],
    ) -> PyResult<Bound<'py, PyDict>> {
        let arguments = PyDict::new(py);
        let mut numbers = self.numbers.iter().copied();
        for (name, length) in self.combiner.parameters {
            match length {
                Length::One => arguments.set_item(name, numbers.next())?,
                Length::List => {
                    let list: Vec<MPI_Count> = numbers.by_ref().take(self.length).collect();
                    arguments.set_item(name, list)?;
                }
                Length::Datatypes => arguments.set_item(name, PyList::new(py, parts)?)?,
            }
        }
        Ok(arguments)
    }
}

/// What [`decode`] gives: base datatype, name of the combiner, arguments.
type Description<'py> = (Bound<'py, Datatype>, &'static str, Bound<'py, PyDict>);

fn decode<'py>(datatype: &Bound<'py, Datatype>, parts: Parts) -> PyResult<Description<'py>> {
    let py = datatype.py();
    let decoded = Decoded::of(datatype.get().raw())?;
    if decoded.combiner.value == mpi_api::MPI_COMBINER_NAMED {
        return Ok((datatype.clone(), decoded.combiner.name, PyDict::new(py)));
    }
    let objects = decoded.datatypes.iter().map(|raw| part(py, *raw, parts)).collect::<PyResult<Vec<_>>>()?;
    let base = match objects.as_slice() {
        [one] => one.clone(),
        _ => Datatype::object(py, Datatype::null())?,
    };
    let arguments = decoded.arguments(py, &objects)?;
    Ok((base, decoded.combiner.name, arguments))
}

/// How a derived datatype is pickled: as what makes it from datatypes that are pickled in turn.
pub(super) fn serialize(datatype: &Bound<'_, Datatype>) -> PyResult<Py<PyAny>> {
    let py = datatype.py();
    if datatype.get().raw() == Datatype::null() {
        return Err(pickle::refusal(datatype.as_any()));
    }
    let (base, combiner, arguments) = decode(datatype, Parts::Temporary)?;
    let create = py.import("mpi4py.MPI")?.getattr("_datatype_create")?;
    Ok((create, (base, combiner, arguments, true)).into_pyobject(py)?.into_any().unbind())
}

#[methods]
impl Datatype {
    /// Convenience method for decoding a datatype.
    ///
    /// Returns the base datatype, the name of the combiner, and the arguments of the constructor by name.
    fn decode<'py>(slf: &Bound<'py, Self>) -> PyResult<Description<'py>> {
        decode(slf, Parts::Given)
    }
}

/// Decode datatype to base datatype, combiner name, and arguments.
///
/// With `mark`, datatypes that are not predefined are freed with their objects.
#[function]
#[pyo3(signature = (datatype, mark=false))]
fn _datatype_decode<'py>(datatype: &Bound<'py, Datatype>, mark: bool) -> PyResult<Description<'py>> {
    decode(datatype, if mark { Parts::Temporary } else { Parts::Given })
}

/// Create datatype from base datatype, combiner name, and arguments; `free` frees what it was made from.
#[function]
#[pyo3(signature = (datatype, combiner, params, free=false))]
fn _datatype_create<'py>(
    datatype: &Bound<'py, Datatype>,
    combiner: &str,
    params: &Bound<'py, PyDict>,
    free: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let method = format!("Create_{}", combiner.to_lowercase());
    let new = datatype.call_method(method.as_str(), (), Some(params))?;
    if free {
        // A predefined datatype stays: `free` knows.
        if let Some(parts) = params.get_item("datatypes")? {
            for part in parts.try_iter()? {
                part?.call_method0("free")?;
            }
        }
        datatype.call_method0("free")?;
    }
    Ok(new)
}
