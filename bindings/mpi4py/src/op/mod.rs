//! `MPI.Op` (MPI 5.0, section 6.9).

mod operation;
mod python;
mod user;

use mpi_api::types::MPI_Op;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::mpi;
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class, pickle};
use crate::invoke::invoke;
use crate::kin::Kin;
use crate::message::{Access, Message};
use crate::method::{Answer, Reader, called, description, methods, raised, slots};

pub(crate) use operation::Operation;

/// Reduction operation.
#[pyclass(frozen, subclass, weakref, module = "mpi4py.MPI", name = "Op")]
#[repr(C)]
pub(crate) struct Op(Handle<MPI_Op>);

handle_class!(Op, MPI_Op, MPI_OP_NULL, {
    fn serialize(object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = object.py();
        let slot = object.cast::<Self>()?.get().slot().ok_or_else(|| pickle::refusal(object))?;
        let arguments = (slot.function(py)?, slot.commutes());
        Ok((object.get_type().getattr("Create")?, arguments).into_pyobject(py)?.into_any().unbind())
    }
});

/// Where `flags` keeps the slot of a user-defined operation: bits 24 to 31, 0 for none.
const SLOT_SHIFT: u32 = 24;

impl Op {
    /// The slot of the Python function behind a user-defined operation.
    fn slot(&self) -> Option<user::Slot> {
        user::Slot::from_number(self.0.flags() >> SLOT_SHIFT)
    }

    fn set_slot(&self, slot: Option<user::Slot>) {
        let number = slot.map_or(0, user::Slot::number);
        self.0.set_flags(self.0.flags() & ((1 << SLOT_SHIFT) - 1) | number << SLOT_SHIFT);
    }

    /// Whether the handle is one of MPI's own, the null handle included.
    fn predefined(&self) -> bool {
        let raw = self.raw();
        raw == Self::null() || python::PREDEFINED.iter().any(|row| (row.handle)() == raw)
    }

    /// Combines two Python objects: what a pickled reduction does with each pair.
    pub fn combine<'py>(
        &self,
        left: &Bound<'py, PyAny>,
        right: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(slot) = self.slot() {
            let none = left.py().None().into_bound(left.py());
            return invoke!(&slot.function(left.py())?, left, right, none);
        }
        let raw = self.raw();
        match python::PREDEFINED.iter().find(|row| (row.handle)() == raw) {
            Some(row) => (row.combine)(left, right),
            None => Err(PyValueError::new_err("the operation is user-defined, and not by a Python function")),
        }
    }
}

#[methods]
impl Op {
    /// A new object with the handle of `op`, or `OP_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (op=None), text_signature = "(op=None)")]
    fn py_new(class: &Bound<'_, PyType>, op: Option<&Bound<'_, Self>>) -> Self {
        let new = Self(Handle::of_class(class, op.map_or_else(Self::null, |op| op.get().raw())));
        new.set_slot(op.and_then(|op| op.get().slot()));
        new
    }

    /// Create an operation from a Python function (MPI 5.0, section 6.9.5).
    ///
    /// `function(inbuf, inoutbuf, datatype)` combines the elements of `inbuf` into those of `inoutbuf`: two
    /// `MPI.buffer` that are valid during the call alone. It may not raise: there is nobody to catch, so the
    /// program is aborted. `commute` says whether the operation is commutative. A pickled reduction calls
    /// `function(x, y, None)` for its result.
    #[classmethod]
    #[pyo3(signature = (function, commute=false))]
    fn Create<'py>(
        cls: &Bound<'py, PyType>,
        function: &Bound<'py, PyAny>,
        commute: bool,
    ) -> PyResult<Bound<'py, Self>> {
        let slot = user::Slot::take(function, commute)?;
        let mut new = Self::null();
        if let Err(error) = mpi!(MPI_Op_create_c(Some(slot.trampoline()), commute.into(), &raw mut new)) {
            slot.give_back();
            return Err(error);
        }
        let op = Self::wrap_as(cls, new)?;
        op.get().set_slot(Some(slot));
        Ok(op)
    }

    /// Free a user-defined operation; the object becomes `OP_NULL`.
    fn Free(&self) -> PyResult<()> {
        self.0.consume(|op| mpi!(MPI_Op_free(op)))?;
        if let Some(slot) = self.slot() {
            self.set_slot(None);
            slot.give_back();
        }
        Ok(())
    }

    /// Call `Free`, unless the operation is null or predefined.
    fn free(&self) -> PyResult<()> {
        if self.predefined() {
            self.forget();
            Ok(())
        } else {
            self.Free()
        }
    }

    /// Tell whether the operation is commutative.
    #[light]
    fn Is_commutative(&self) -> PyResult<bool> {
        let mut flag = 0;
        mpi!(MPI_Op_commutative(self.raw(), &raw mut flag))?;
        Ok(flag != 0)
    }

    /// Is a commutative operation.
    #[getter]
    #[light]
    fn is_commutative(&self) -> PyResult<bool> {
        self.Is_commutative()
    }

    /// Is a predefined operation.
    #[getter]
    #[light]
    fn is_predefined(&self) -> bool {
        self.predefined()
    }

    /// Combine `inbuf` into `inoutbuf`, element by element, in this process (MPI 5.0, section 6.9.7).
    ///
    /// Both are message specifications of the same count and datatype.
    fn Reduce_local(
        &self,
        py: Python<'_>,
        inbuf: &Bound<'_, PyAny>,
        inoutbuf: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let input = Message::parse(inbuf, Access::Read, 1)?;
        let output = Message::parse(inoutbuf, Access::Write, 1)?;
        if input.datatype != output.datatype {
            return Err(PyValueError::new_err("Reduce_local: the two messages differ in their datatype"));
        }
        if input.count != output.count {
            return Err(PyValueError::new_err(format!(
                "Reduce_local: {} elements cannot be combined into {}",
                input.count, output.count
            )));
        }
        mpi!(py, MPI_Reduce_local_c(input.address, output.address, input.count, input.datatype, self.raw()))
    }
}

/// `op(x, y)`: combine two Python objects.
unsafe extern "C" fn call(
    this: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    description!(DESCRIPTION = "Op.__call__", "x,y,", 0, 2);
    fn body<'a, 'py>(this: &'a Bound<'py, PyAny>, reader: &mut Reader<'a, 'py>) -> Answer {
        // SAFETY: Python calls an instance of the class.
        let op = unsafe { this.cast_unchecked::<Op>() };
        let (x, y) = (reader.any()?, reader.any()?);
        Ok(op.get().combine(&x, &y)?.into_ptr())
    }
    // SAFETY: Python calls: it holds the GIL, on an instance of the class, and the arguments are a tuple.
    unsafe {
        if kwargs.is_null() && ffi::PyTuple_Size(args) == 2 {
            let py = Python::assume_attached();
            let op = Bound::ref_from_ptr(py, &this).cast_unchecked::<Op>();
            let [x, y] = [0, 1].map(|place| Borrowed::from_ptr(py, ffi::PyTuple_GetItem(args, place)));
            return op.get().combine(&x, &y).map_or_else(raised, Bound::into_ptr);
        }
        called(&DESCRIPTION, body, this, args, kwargs)
    }
}

slots!(Op: Py_tp_call = call as ffi::ternaryfunc);

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Op>()?;
    let constant = |raw: MPI_Op| Op(Handle::new(raw, READY | CONST));
    module.add("OP_NULL", constant(Op::null()))?;
    python::PREDEFINED.iter().try_for_each(|row| module.add(row.name, constant((row.handle)())))
}
