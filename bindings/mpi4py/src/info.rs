//! `MPI.Info` (MPI 5.0, chapter 10): hints as text by key, a mapping of Python too.

use core::ffi::{CStr, c_char, c_int};

use mpi_api::types::MPI_Info;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyList, PyString, PyTuple, PyType};

use crate::call::{counted, mpi};
use crate::handle::{CONST, Handle, HandleClass, READY, handle_class};
use crate::kin::Kin;
use crate::method::methods;
use crate::text::{Text, Written, decoded};

/// A key and its value.
type Item<'py> = (Bound<'py, PyString>, Bound<'py, PyString>);

/// Info object.
#[pyclass(frozen, subclass, weakref, mapping, module = "mpi4py.MPI", name = "Info")]
#[repr(C)]
pub(crate) struct Info(Handle<MPI_Info>);

handle_class!(Info, MPI_Info, MPI_INFO_NULL, {
    fn serialize(object: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let create = object.get_type().getattr("Create")?;
        let items = object.cast::<Self>()?.get().all_items(object.py())?;
        Ok((create, (items,)).into_pyobject(object.py())?.into_any().unbind())
    }
});

impl Info {
    /// The handle of `info`, `MPI_INFO_NULL` without one.
    #[inline]
    pub fn raw_or_null(info: Option<&Bound<'_, Self>>) -> MPI_Info {
        info.map_or_else(Self::null, |info| info.get().raw())
    }

    fn is_null(&self) -> bool {
        self.raw() == Self::null()
    }

    /// The value of `key`, of any length.
    fn value<'py>(&self, py: Python<'py>, key: &Text) -> PyResult<Option<Bound<'py, PyString>>> {
        const ROOM: usize = mpi_api::MPI_MAX_INFO_VAL as usize + 1;
        let mut value = Written::<ROOM>::new();
        match self.copy_value(key, value.address(), ROOM)? {
            Some(needed) if needed > ROOM => {
                let mut large = vec![0_u8; needed + 1];
                self.copy_value(key, large.as_mut_ptr().cast(), needed)?;
                decoded(py, CStr::from_bytes_until_nul(&large).unwrap_or_default().to_bytes()).map(Some)
            }
            Some(_) => value.text(py).map(Some),
            None => Ok(None),
        }
    }

    /// Has MPI write as much of the value of `key` as there is room for at `address`. How many characters the whole value is,
    /// its terminator included; `None` when the key is not set.
    fn copy_value(&self, key: &Text, address: *mut c_char, room: usize) -> PyResult<Option<usize>> {
        let (mut length, mut flag) = (c_int::try_from(room)?, 0);
        mpi!(MPI_Info_get_string(self.raw(), key.as_ptr(), &raw mut length, address, &raw mut flag))?;
        Ok(if flag == 0 { None } else { Some(usize::try_from(length)?) })
    }

    /// All keys, in MPI's order; of the null handle none.
    fn all_keys<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyString>>> {
        if self.is_null() {
            Ok(Vec::new())
        } else {
            (0..self.Get_nkeys()?).map(|n| self.Get_nthkey(py, n)).collect()
        }
    }

    fn all_items<'py>(&self, py: Python<'py>) -> PyResult<Vec<Item<'py>>> {
        let item = |key: Bound<'py, PyString>| {
            let value = self.value(py, &key.extract()?)?;
            Ok((key, value.unwrap_or_else(|| PyString::new(py, ""))))
        };
        self.all_keys(py)?.into_iter().map(item).collect()
    }

    /// Sets what `items` has: an info, a mapping or pairs.
    fn set_all(&self, items: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(info) = items.cast::<Self>() {
            return info
                .get()
                .all_items(items.py())?
                .into_iter()
                .try_for_each(|(key, value)| self.Set(key.extract()?, value.extract()?));
        }
        if let Ok(items) = items.cast_exact::<PyDict>() {
            return items.iter().try_for_each(|(key, value)| self.Set(key.extract()?, value.extract()?));
        }
        // The exception for one that has none is dropped.
        let pairs =
            if counted(|_| items.hasattr("keys"))? { items.call_method0("items")? } else { items.clone() };
        for pair in pairs.try_iter()? {
            let (key, value) = pair?.extract::<(Text, Text)>()?;
            self.Set(key, value)?;
        }
        Ok(())
    }

    /// `KeyError` for a null handle: it is an empty mapping that takes nothing.
    fn writable(&self) -> PyResult<()> {
        if self.is_null() { Err(PyKeyError::new_err("INFO_NULL holds no keys")) } else { Ok(()) }
    }
}

#[methods]
impl Info {
    /// A new object with the handle of `info`, or `INFO_NULL`.
    #[new]
    #[classmethod]
    #[pyo3(signature = (info=None), text_signature = "(info=None)")]
    fn py_new(class: &Bound<'_, PyType>, info: Option<&Bound<'_, Self>>) -> Self {
        Self(Handle::of_class(class, Self::raw_or_null(info)))
    }

    /// Create an info object, with `items` in it: an info, a mapping or pairs (MPI 5.0, section 10.1).
    #[classmethod]
    #[pyo3(signature = (items=None))]
    #[light]
    fn Create<'py>(
        cls: &Bound<'py, PyType>,
        items: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        mpi!(MPI_Info_create(&raw mut new))?;
        let object = Self::wrap_as(cls, new)?;
        if let Some(Err(error)) = items.map(|items| object.get().set_all(items)) {
            object.get().Free()?;
            return Err(error);
        }
        Ok(object)
    }

    /// Create an info object with the keys of `INFO_ENV`; `args` is the program's command line, or its name alone.
    #[classmethod]
    #[pyo3(signature = (args=None))]
    fn Create_env<'py>(
        cls: &Bound<'py, PyType>,
        args: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        let args: Vec<Text> = match args {
            None => Vec::new(),
            Some(program) if program.is_instance_of::<PyString>() => vec![program.extract()?],
            Some(args) => args.extract()?,
        };
        let mut argv: Vec<*mut c_char> = args.iter().map(|arg| arg.as_ptr().cast_mut()).collect();
        let length = c_int::try_from(argv.len())?;
        argv.push(core::ptr::null_mut());
        mpi!(MPI_Info_create_env(length, argv.as_mut_ptr(), &raw mut new))?;
        Self::wrap_as(cls, new)
    }

    /// Duplicate the info object.
    #[light]
    fn Dup<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let mut new = Self::null();
        mpi!(MPI_Info_dup(slf.get().raw(), &raw mut new))?;
        Self::wrap_like(slf, new)
    }

    /// Free the info object.
    #[light]
    fn Free(&self) -> PyResult<()> {
        self.0.consume(|info| mpi!(MPI_Info_free(info)))
    }

    /// Call `Free`, unless the info is null or predefined.
    #[light]
    fn free(&self) -> PyResult<()> {
        let raw = self.raw();
        if raw == Self::null() || raw == mpi_api::MPI_INFO_ENV() {
            self.forget();
            Ok(())
        } else {
            self.Free()
        }
    }

    /// Return the value of a key, `None` when it is not set.
    #[light]
    fn Get<'py>(&self, py: Python<'py>, key: Text) -> PyResult<Option<Bound<'py, PyString>>> {
        self.value(py, &key)
    }

    /// Set the value of a key.
    #[light]
    fn Set(&self, key: Text, value: Text) -> PyResult<()> {
        mpi!(MPI_Info_set(self.raw(), key.as_ptr(), value.as_ptr()))
    }

    /// Remove a key and its value.
    #[light]
    fn Delete(&self, key: Text) -> PyResult<()> {
        mpi!(MPI_Info_delete(self.raw(), key.as_ptr()))
    }

    /// Return the number of keys.
    #[light]
    fn Get_nkeys(&self) -> PyResult<c_int> {
        let mut count = 0;
        mpi!(MPI_Info_get_nkeys(self.raw(), &raw mut count))?;
        Ok(count)
    }

    /// Return the key at position `n`, from 0.
    #[light]
    fn Get_nthkey<'py>(&self, py: Python<'py>, n: c_int) -> PyResult<Bound<'py, PyString>> {
        let mut key = Written::<{ mpi_api::MPI_MAX_INFO_KEY as usize + 1 }>::new();
        mpi!(MPI_Info_get_nthkey(self.raw(), n, key.address()))?;
        key.text(py)
    }

    fn __len__(&self) -> PyResult<usize> {
        if self.is_null() { Ok(0) } else { Ok(usize::try_from(self.Get_nkeys()?)?) }
    }

    fn __contains__(&self, key: Text) -> PyResult<bool> {
        // MPICH 4.1 takes no null pointer, not even for no character.
        let mut nothing = Written::<1>::new();
        Ok(!self.is_null() && self.copy_value(&key, nothing.address(), 0)?.is_some())
    }

    fn __iter__(slf: &Bound<'_, Self>) -> PyResult<Py<PyIterator>> {
        Ok(PyList::new(slf.py(), slf.get().all_keys(slf.py())?)?.try_iter()?.unbind())
    }

    fn __getitem__<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        self.find(key)?.ok_or_else(|| PyKeyError::new_err(key.clone().unbind()))
    }

    fn __setitem__(&self, key: Text, value: Text) -> PyResult<()> {
        self.writable()?;
        self.Set(key, value)
    }

    fn __delitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        self.find(key)?.ok_or_else(|| PyKeyError::new_err(key.clone().unbind()))?;
        self.Delete(key.extract()?)
    }

    /// Return the value of a key, `default` when it is not set.
    #[pyo3(signature = (key, default=None))]
    #[light]
    fn get(&self, key: &Bound<'_, PyAny>, default: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
        match self.find(key)? {
            Some(value) => Ok(value.into_any().unbind()),
            None => Ok(default.unwrap_or_else(|| key.py().None())),
        }
    }

    /// Return the keys as a list.
    #[light]
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyString>>> {
        self.all_keys(py)
    }

    /// Return the values as a list.
    #[light]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyString>>> {
        Ok(self.all_items(py)?.into_iter().map(|(_, value)| value).collect())
    }

    /// Return the `(key, value)` pairs as a list.
    #[light]
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Vec<Item<'py>>> {
        self.all_items(py)
    }

    /// Set the items of an info, a mapping or pairs, and those given by name.
    #[pyo3(signature = (items=None, **kwds), text_signature = "($self, items=(), **kwds)")]
    fn update(&self, items: Option<&Bound<'_, PyAny>>, kwds: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        self.writable()?;
        items.map_or(Ok(()), |items| self.set_all(items))?;
        kwds.map_or(Ok(()), |items| self.set_all(items))
    }

    /// Remove a key and return its value; `default` when it is not set, `KeyError` without one.
    #[pyo3(signature = (key, *default))]
    fn pop(&self, key: &Bound<'_, PyAny>, default: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        if default.len() > 1 {
            return Err(PyValueError::new_err("pop takes a key and at most one default"));
        }
        match self.find(key)? {
            Some(value) => {
                self.Delete(key.extract()?)?;
                Ok(value.into_any().unbind())
            }
            None if default.is_empty() => Err(PyKeyError::new_err(key.clone().unbind())),
            None => Ok(default.get_item(0)?.unbind()),
        }
    }

    /// Remove an item and return it; `KeyError` when there is none.
    #[light]
    fn popitem<'py>(&self, py: Python<'py>) -> PyResult<Item<'py>> {
        let item = self.all_items(py)?.pop().ok_or_else(|| PyKeyError::new_err("the info is empty"))?;
        self.Delete(item.0.extract()?)?;
        Ok(item)
    }

    /// Return a copy: `Dup`, or a null handle of a null handle.
    #[light]
    fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        if slf.get().is_null() { Self::wrap_like(slf, Self::null()) } else { Self::Dup(slf) }
    }

    /// Remove all items.
    #[light]
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        self.all_keys(py)?.into_iter().try_for_each(|key| self.Delete(key.extract()?))
    }
}

impl Info {
    /// The value of `key`; a null handle has none.
    fn find<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
        if self.is_null() { Ok(None) } else { self.value(key.py(), &key.extract()?) }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Info>()?;
    module.add("INFO_NULL", Info(Handle::new(Info::null(), READY | CONST)))?;
    module.add("INFO_ENV", Info(Handle::new(mpi_api::MPI_INFO_ENV(), READY | CONST)))
}
