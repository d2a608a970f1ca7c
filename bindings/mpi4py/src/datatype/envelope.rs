//! What MPI tells of how a datatype was made (MPI 5.0, section 5.1.13).

use core::ffi::c_int;

use mpi_api::types::{MPI_Aint, MPI_Count, MPI_Datatype};
use pyo3::prelude::*;

use super::Datatype;
use super::decode::{Parts, part};
use crate::call::mpi;
use crate::handle::HandleClass;
use crate::method::methods;

/// What a datatype was made by, and how much there is to know of it.
pub(super) struct Envelope {
    integers: MPI_Count,
    addresses: MPI_Count,
    counts: MPI_Count,
    datatypes: MPI_Count,
    pub combiner: c_int,
}

impl Envelope {
    pub fn of(raw: MPI_Datatype) -> PyResult<Self> {
        let mut new = Self { integers: 0, addresses: 0, counts: 0, datatypes: 0, combiner: 0 };
        mpi!(MPI_Type_get_envelope_c(
            raw,
            &raw mut new.integers,
            &raw mut new.addresses,
            &raw mut new.counts,
            &raw mut new.datatypes,
            &raw mut new.combiner,
        ))?;
        Ok(new)
    }

    /// Whether MPI made the datatype, or gave it for a Fortran kind.
    pub fn is_predefined(&self) -> bool {
        [
            mpi_api::MPI_COMBINER_NAMED,
            mpi_api::MPI_COMBINER_VALUE_INDEX,
            mpi_api::MPI_COMBINER_F90_INTEGER,
            mpi_api::MPI_COMBINER_F90_REAL,
            mpi_api::MPI_COMBINER_F90_COMPLEX,
        ]
        .contains(&self.combiner)
    }
}

/// The arguments of the constructor, as MPI tells them.
pub(super) struct Contents {
    pub integers: Vec<c_int>,
    pub addresses: Vec<MPI_Aint>,
    pub counts: Vec<MPI_Count>,
    /// Those that are derived are ours to free.
    pub datatypes: Vec<MPI_Datatype>,
}

impl Contents {
    pub fn of(raw: MPI_Datatype, envelope: &Envelope) -> PyResult<Self> {
        let mut new = Self {
            integers: vec![0; usize::try_from(envelope.integers)?],
            addresses: vec![0; usize::try_from(envelope.addresses)?],
            counts: vec![0; usize::try_from(envelope.counts)?],
            datatypes: vec![Datatype::null(); usize::try_from(envelope.datatypes)?],
        };
        mpi!(MPI_Type_get_contents_c(
            raw,
            envelope.integers,
            envelope.addresses,
            envelope.counts,
            envelope.datatypes,
            new.integers.as_mut_ptr(),
            new.addresses.as_mut_ptr(),
            new.counts.as_mut_ptr(),
            new.datatypes.as_mut_ptr(),
        ))?;
        Ok(new)
    }
}

/// Lists of integers, addresses, large counts, and datatypes.
type Lists<'py> = (Vec<c_int>, Vec<MPI_Aint>, Vec<MPI_Count>, Vec<Bound<'py, Datatype>>);

#[methods]
impl Datatype {
    /// Return the numbers of integers, addresses, large counts and datatypes that the datatype was made with, and
    /// its combiner.
    #[light]
    fn Get_envelope(&self) -> PyResult<(MPI_Count, MPI_Count, MPI_Count, MPI_Count, c_int)> {
        let Envelope { integers, addresses, counts, datatypes, combiner } = Envelope::of(self.raw())?;
        Ok((integers, addresses, counts, datatypes, combiner))
    }

    /// Envelope.
    #[getter]
    #[light]
    fn envelope(&self) -> PyResult<(MPI_Count, MPI_Count, MPI_Count, MPI_Count, c_int)> {
        self.Get_envelope()
    }

    /// Return the integers, addresses, large counts and datatypes that the datatype was made with.
    ///
    /// Datatypes among them that are not predefined are new handles, to be freed.
    #[light]
    fn Get_contents<'py>(&self, py: Python<'py>) -> PyResult<Lists<'py>> {
        let raw = self.raw();
        let contents = Contents::of(raw, &Envelope::of(raw)?)?;
        let datatypes =
            contents.datatypes.iter().map(|raw| part(py, *raw, Parts::Given)).collect::<PyResult<_>>()?;
        Ok((contents.integers, contents.addresses, contents.counts, datatypes))
    }

    /// Contents.
    #[getter]
    #[light]
    fn contents<'py>(&self, py: Python<'py>) -> PyResult<Lists<'py>> {
        self.Get_contents(py)
    }
}
