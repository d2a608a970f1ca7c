//! Objects combined along a tree, in the order of the ranks and in as many steps as the number of processes has
//! binary digits.
//!
//! A process whose object cannot be serialized, or whose operation raises, passes that on in place of an object: the
//! others learn of it instead of waiting for it.

use core::ffi::c_int;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Pickle;
use super::context::{Context, Packet};
use super::reduce::Operation;

/// Tags: the bytes are an object, or a text that says what went wrong.
const OBJECT: c_int = 0;
const FAILURE: c_int = 1;

/// An object on its way: as it came, or as an operation made it.
enum Value<'py> {
    Packed(Bound<'py, PyBytes>),
    Object(Bound<'py, PyAny>),
}

/// Why there is no object.
pub(super) enum Failure<'py> {
    /// It happened here.
    Own(PyErr),
    /// It happened elsewhere: the text for it.
    Others(Bound<'py, PyBytes>),
}

/// What a process has to pass on.
pub(super) struct Part<'py>(Result<Value<'py>, Failure<'py>>);

impl<'py> Part<'py> {
    /// A process's own contribution. It is serialized even where it goes nowhere: an operation may change what it is
    /// given, and must not be given what the caller has.
    pub fn new(object: &Bound<'py, PyAny>) -> Self {
        Self(Pickle::dumps_global(object).map(Value::Packed).map_err(Failure::Own))
    }

    fn received(packet: Packet<'py>) -> Self {
        Self(match packet.tag {
            OBJECT => Ok(Value::Packed(packet.bytes)),
            _ => Err(Failure::Others(packet.bytes)),
        })
    }

    /// As it is sent. An object that cannot be serialized becomes a failure.
    fn packet(&mut self, py: Python<'py>) -> Packet<'py> {
        if let Ok(Value::Object(object)) = &self.0 {
            *self = Self::new(object);
        }
        match &self.0 {
            Ok(Value::Packed(bytes)) => Packet { bytes: bytes.clone(), tag: OBJECT },
            Ok(Value::Object(_)) => unreachable!("just serialized"),
            Err(Failure::Own(error)) => {
                Packet { bytes: PyBytes::new(py, error.to_string().as_bytes()), tag: FAILURE }
            }
            Err(Failure::Others(text)) => Packet { bytes: text.clone(), tag: FAILURE },
        }
    }

    /// Of two neighbours: the operation's result, with `self` on the left.
    fn combine(self, right: Self, op: Operation<'_, 'py>) -> Self {
        let apply = |left: Value<'py>, right: Value<'py>| op.apply(&left.load()?, &right.load()?);
        Self(match (self.0, right.0) {
            (Ok(left), Ok(right)) => apply(left, right).map(Value::Object).map_err(Failure::Own),
            // What went wrong here is told before what went wrong elsewhere.
            (Ok(_) | Err(Failure::Others(_)), Err(failure)) | (Err(failure), _) => Err(failure),
        })
    }

    /// The object, where it is wanted.
    pub fn finish(self) -> PyResult<Bound<'py, PyAny>> {
        match self.0 {
            Ok(value) => value.load(),
            Err(Failure::Own(error)) => Err(error),
            Err(Failure::Others(text)) => Err(PyRuntimeError::new_err(format!(
                "another process of the reduction failed: {}",
                String::from_utf8_lossy(text.as_bytes())
            ))),
        }
    }

    /// What went wrong here, where the object is not wanted.
    pub fn finish_without(self) -> PyResult<()> {
        match self.0 {
            Err(Failure::Own(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// What went wrong here, or else what came of it elsewhere.
    fn or_else(self, packet: Packet<'py>) -> Self {
        match self.0 {
            Err(Failure::Own(_)) => self,
            _ => Self::received(packet),
        }
    }
}

impl<'py> Value<'py> {
    fn load(self) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Packed(bytes) => Pickle::loads_global(bytes.as_any()),
            Self::Object(object) => Ok(object),
        }
    }
}

/// Combines the parts of the group at its process 0. The others return what they passed on.
fn collect<'py>(
    py: Python<'py>,
    context: &Context,
    mut part: Part<'py>,
    op: Operation<'_, 'py>,
) -> PyResult<Part<'py>> {
    let (rank, size, mut step) = (context.rank, context.size, 1);
    while step < size {
        if rank & step != 0 {
            context.send(&part.packet(py), context.near(rank - step))?;
            break;
        }
        if rank + step < size {
            let right = Part::received(context.receive(py, context.near(rank + step))?);
            part = part.combine(right, op);
        }
        step <<= 1;
    }
    Ok(part)
}

/// Brings what process 0 has to all of the group.
fn spread<'py>(py: Python<'py>, context: &Context, packet: Option<Packet<'py>>) -> PyResult<Packet<'py>> {
    let (rank, size, mut step) = (context.rank, context.size, 1);
    while step < size && rank & step == 0 {
        step <<= 1;
    }
    let packet = packet.map_or_else(|| context.receive(py, context.near(rank - step)), Ok)?;
    while step > 1 {
        step >>= 1;
        if rank + step < size {
            context.send(&packet, context.near(rank + step))?;
        }
    }
    Ok(packet)
}

/// Combines the parts of the group at its process `root`. The others return what they passed on.
pub(super) fn reduce<'py>(
    py: Python<'py>,
    context: &Context,
    part: Part<'py>,
    op: Operation<'_, 'py>,
    root: c_int,
) -> PyResult<Part<'py>> {
    let mut part = collect(py, context, part, op)?;
    if root != 0 && context.rank == 0 {
        context.send(&part.packet(py), context.near(root))?;
    } else if root != 0 && context.rank == root {
        part = part.or_else(context.receive(py, context.near(0))?);
    }
    Ok(part)
}

/// Combines the parts of the group at process `root` of the remote group.
pub(super) fn reduce_to_remote<'py>(
    py: Python<'py>,
    context: &Context,
    part: Part<'py>,
    op: Operation<'_, 'py>,
    root: c_int,
) -> PyResult<Part<'py>> {
    let mut part = collect(py, context, part, op)?;
    if context.rank == 0 {
        context.send(&part.packet(py), context.far(root))?;
    }
    Ok(part)
}

/// What the remote group reduced to this process.
pub(super) fn reduced_by_remote<'py>(py: Python<'py>, context: &Context) -> PyResult<Part<'py>> {
    context.receive(py, context.far(0)).map(Part::received)
}

/// Combines the parts of the group at all of it, or those of each group at all of the other one.
pub(super) fn allreduce<'py>(
    py: Python<'py>,
    context: &Context,
    part: Part<'py>,
    op: Operation<'_, 'py>,
    inter: bool,
) -> PyResult<Part<'py>> {
    let mut part = collect(py, context, part, op)?;
    let packet = match (context.rank, inter) {
        (0, false) => Some(part.packet(py)),
        (0, true) => Some(context.exchange(&part.packet(py), context.far(0))?),
        _ => None,
    };
    Ok(part.or_else(spread(py, context, packet)?))
}

/// Combines the parts of the processes up to this one, or before it: then the first has none.
///
/// In each step a process combines what it has of its block with what its peer has of the block beside, so blocks double.
pub(super) fn scan<'py>(
    py: Python<'py>,
    context: &Context,
    part: Part<'py>,
    op: Operation<'_, 'py>,
    inclusive: bool,
) -> PyResult<Option<Part<'py>>> {
    let (rank, size, mut step, mut block) = (context.rank, context.size, 1, part);
    let mut result = inclusive.then(|| Part::received(block.packet(py)));
    while step < size {
        let peer = rank ^ step;
        if peer < size {
            let theirs = context.exchange(&block.packet(py), context.near(peer))?;
            // Each operation gets objects of its own.
            let again = || Part::received(Packet { bytes: theirs.bytes.clone(), tag: theirs.tag });
            let wanted = step << 1 < size;
            if peer > rank {
                block = if wanted { block.combine(again(), op) } else { block };
            } else {
                result = Some(match result {
                    None => again(),
                    Some(result) => again().combine(result, op),
                });
                block = if wanted { again().combine(block, op) } else { block };
            }
        }
        step <<= 1;
    }
    block.finish_without()?;
    Ok(result)
}
