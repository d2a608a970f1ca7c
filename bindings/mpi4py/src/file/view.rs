//! Views, and positions in them (MPI 5.0, sections 14.3, 14.4.3, 14.4.4, 14.5).

use core::ffi::c_int;

use mpi_api::types::{MPI_Count, MPI_File, MPI_Offset};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::File;
use crate::call::mpi;
use crate::datatype::Datatype;
use crate::handle::HandleClass;
use crate::info::Info;
use crate::method::{families, methods};
use crate::text::{Text, Written};

/// A view: displacement in bytes, elementary datatype, file type, data representation.
type View<'py> = (MPI_Offset, Bound<'py, Datatype>, Bound<'py, Datatype>, Bound<'py, PyString>);

families! { for File as file:
    seek "moving a file pointer" (offset: offset, whence: whence) {
        it: (MPI_File, MPI_Offset, c_int) = (file.get().opened()?, offset, whence);
        (it.0, it.1, it.2)
        /// Move the individual file pointer by `offset` elements of the view (MPI 5.0, section 14.4.3).
        ///
        /// From the start of the view, from where it is, or from the end: `whence` is `SEEK_SET`, `SEEK_CUR` or
        /// `SEEK_END`.
        run Seek = MPI_File_seek,
        /// Move the shared file pointer: as `Seek` (MPI 5.0, section 14.4.4). Collective, the same at all processes.
        run Seek_shared = MPI_File_seek_shared,
    }
}

#[methods]
impl File {
    /// Set the file view of this process, and both file pointers to its start (MPI 5.0, section 14.3). Collective.
    ///
    /// The view starts at byte `disp`, or at the shared pointer for `DISPLACEMENT_CURRENT`. It counts in elements of
    /// `etype`, and sees those that `filetype`, repeated, names: all of them for None. `datarep` is `native`,
    /// `internal`, `external32` or a name that was registered (section 14.5).
    #[pyo3(
        signature = (disp=0, etype=None, filetype=None, datarep=None, info=None),
        text_signature = "($self, disp=0, etype=..., filetype=None, datarep='native', info=...)"
    )]
    #[light]
    fn Set_view(
        &self,
        py: Python<'_>,
        disp: MPI_Offset,
        etype: Option<&Bound<'_, Datatype>>,
        filetype: Option<&Bound<'_, Datatype>>,
        datarep: Option<Text>,
        info: Option<&Bound<'_, Info>>,
    ) -> PyResult<()> {
        let etype = etype.map_or_else(mpi_api::MPI_BYTE, |etype| etype.get().raw());
        let filetype = filetype.map_or(etype, |filetype| filetype.get().raw());
        let datarep = datarep.as_ref().map_or(c"native".as_ptr(), Text::as_ptr);
        let (file, info) = (self.opened()?, Info::raw_or_null(info));
        mpi!(py, MPI_File_set_view(file, disp, etype, filetype, datarep, info))
    }

    /// Return the file view of this process, as `(disp, etype, filetype, datarep)` (MPI 5.0, section 14.3).
    ///
    /// Datatypes that MPI does not predefine are new ones, to be freed.
    #[light]
    fn Get_view<'py>(&self, py: Python<'py>) -> PyResult<View<'py>> {
        let (file, mut disp) = (self.opened()?, 0);
        let (mut etype, mut filetype) = (Datatype::null(), Datatype::null());
        let mut datarep = Written::<{ mpi_api::MPI_MAX_DATAREP_STRING as usize + 1 }>::new();
        let (first, second, text) = (&raw mut etype, &raw mut filetype, datarep.address());
        mpi!(@local py, MPI_File_get_view(file, &raw mut disp, first, second, text))?;
        let datatype = |raw| Datatype::object(py, raw);
        Ok((disp, datatype(etype)?, datatype(filetype)?, datarep.text(py)?))
    }

    /// Return the extent of `datatype` in the file, in bytes: what displacements in `filetype` are made of, where the
    /// data representation is not `native` (MPI 5.0, section 14.5.1).
    #[light]
    fn Get_type_extent(&self, datatype: &Bound<'_, Datatype>) -> PyResult<MPI_Count> {
        let (file, raw, mut extent) = (self.opened()?, datatype.get().raw(), 0);
        mpi!(@local datatype.py(), MPI_File_get_type_extent_c(file, raw, &raw mut extent))?;
        Ok(extent)
    }

    /// Return the position of the individual file pointer, in elements of the view (MPI 5.0, section 14.4.3).
    #[light]
    fn Get_position(&self, py: Python<'_>) -> PyResult<MPI_Offset> {
        self.recall(py, mpi_api::MPI_File_get_position, 0)
    }

    /// Return the byte of the file at which element `offset` of the view is (MPI 5.0, section 14.4.3).
    #[light]
    fn Get_byte_offset(&self, py: Python<'_>, offset: MPI_Offset) -> PyResult<MPI_Offset> {
        let (file, mut disp) = (self.opened()?, 0);
        mpi!(@local py, MPI_File_get_byte_offset(file, offset, &raw mut disp))?;
        Ok(disp)
    }

    /// Return the position of the shared file pointer, in elements of the view (MPI 5.0, section 14.4.4).
    #[light]
    fn Get_position_shared(&self, py: Python<'_>) -> PyResult<MPI_Offset> {
        self.ask(py, mpi_api::MPI_File_get_position_shared, 0)
    }
}
