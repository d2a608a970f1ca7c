//! Probes: what a receive would get (MPI 5.0, section 3.8).

use core::ffi::c_int;

use pyo3::prelude::*;

use crate::call::mpi;
use crate::handle::HandleClass;
use crate::matched::Matched;
use crate::status::Status;

/// Writes probes of a communicator: what each gives, and what it does with the arguments they all take.
macro_rules! probes {
    ($($(#[$attribute:meta])* $name:ident -> $output:ty =
       |$comm:ident, $py:ident, $source:ident, $tag:ident, $status:ident| $body:expr;)*) => {
        #[$crate::method::methods]
        impl $crate::comm::Comm {$(
            $(#[$attribute])*
            #[pyo3(
                signature = (source=mpi_api::MPI_ANY_SOURCE, tag=mpi_api::MPI_ANY_TAG, status=None),
                text_signature = "($self, source=mpi4py.MPI.ANY_SOURCE, tag=mpi4py.MPI.ANY_TAG, status=None)"
            )]
            pub fn $name(
                &self,
                $py: Python<'_>,
                $source: c_int,
                $tag: c_int,
                $status: Option<&Bound<'_, Status>>,
            ) -> PyResult<$output> {
                let $comm = self;
                $body
            }
        )*}
    };
}
pub(crate) use probes;

probes! {
    /// Blocking test for a message (MPI 5.0, section 3.8.1). Always returns True.
    #[light]
    Probe -> bool = |comm, py, source, tag, status| {
        let status = Status::address_or_ignore(status);
        mpi!(py, MPI_Probe(source, tag, comm.raw(), status)).map(|()| true)
    };

    /// Nonblocking test for a message (MPI 5.0, section 3.8.1).
    #[light]
    Iprobe -> bool = |comm, py, source, tag, status| {
        let status = Status::address_or_ignore(status);
        let mut flag = 0;
        let address = &raw mut flag;
        mpi!(py, MPI_Iprobe(source, tag, comm.raw(), address, status))?;
        Ok(flag != 0)
    };

    /// Blocking test for a matched message (MPI 5.0, section 3.8.2), which only the object returned can receive.
    #[light]
    Mprobe -> Py<Matched> = |comm, py, source, tag, status| {
        let status = Status::address_or_ignore(status);
        let mut message = mpi_api::MPI_MESSAGE_NULL();
        let address = &raw mut message;
        mpi!(py, MPI_Mprobe(source, tag, comm.raw(), address, status))?;
        Matched::create(py, message)
    };

    /// Nonblocking test for a matched message; None when there is none.
    #[light]
    Improbe -> Option<Py<Matched>> = |comm, py, source, tag, status| {
        let status = Status::address_or_ignore(status);
        let (mut message, mut flag) = (mpi_api::MPI_MESSAGE_NULL(), 0);
        let (address, found) = (&raw mut message, &raw mut flag);
        mpi!(py, MPI_Improbe(source, tag, comm.raw(), found, address, status))?;
        (flag != 0).then(|| Matched::create(py, message)).transpose()
    };
}
