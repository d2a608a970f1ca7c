//! The integers of MPI as attributes of the module: all that the stub headers declare, under mpi4py's names.

use pyo3::prelude::*;

/// What is an integer in C and no attribute of the module: versions of the ABI are a function's result, and
/// Fortran's and the profiling interface's are of no use here.
const PRIVATE: &[&str] = &[
    "ABI_SUBVERSION",
    "ABI_VERSION",
];

/// Names beside the standard's own.
const ALIASES: &[(&str, &str)] = &[
    ("DISP_CUR", "DISPLACEMENT_CURRENT"),
    ("ORDER_F", "ORDER_FORTRAN"),
    ("WIN_FLAVOR", "WIN_CREATE_FLAVOR"),
];

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for (name, value) in mpi_api::integers() {
        if let Some(name) = name.strip_prefix("MPI_")
            && !PRIVATE.contains(&name)
        {
            module.add(name, value)?;
        }
    }
    module.add("UNWEIGHTED", mpi_api::MPI_UNWEIGHTED() as usize)?;
    module.add("WEIGHTS_EMPTY", mpi_api::MPI_WEIGHTS_EMPTY() as usize)?;
    ALIASES.iter().try_for_each(|(alias, name)| module.add(*alias, module.getattr(*name)?))
}
