//! The integers of MPI as attributes of the module: all that the stub headers declare, under mpi4py's names.

use pyo3::prelude::*;

/// Integers that are no attribute: what only old or foreign interfaces have.
const PRIVATE: &[&str] = &["HOST"];

/// Names beside the standard's own.
const ALIASES: &[(&str, &str)] = &[
    ("DISP_CUR", "DISPLACEMENT_CURRENT"),
    ("ORDER_F", "ORDER_FORTRAN"),
    ("WIN_FLAVOR", "WIN_CREATE_FLAVOR"),
];

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // The standard's names come last: they replace those of the time when a feature was experimental.
    for prefix in ["MPIX_", "MPI_"] {
        for (name, value) in mpi_api::integers() {
            match name.strip_prefix(prefix) {
                Some(name) if !PRIVATE.contains(&name) => module.setattr(name, value)?,
                _ => {}
            }
        }
    }
    module.setattr("UNWEIGHTED", mpi_api::MPI_UNWEIGHTED() as usize)?;
    module.setattr("WEIGHTS_EMPTY", mpi_api::MPI_WEIGHTS_EMPTY() as usize)?;
    ALIASES.iter().try_for_each(|(alias, name)| module.setattr(*alias, module.getattr(*name)?))
}
