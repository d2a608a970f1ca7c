//! Tests of `mpi-api` under a real MPI. No libmpi is linked: it is opened as the Python module opens it.
//!
//! Build once per variant, run under each library that the variant is for:
//!
//! ```text
//! MPI4PY_VARIANT=mpi40-openmpi cargo test -p mpi-api --test mpi --no-run --message-format=json   # .executable
//! MPI_API_LIBRARY=…/lib/libmpi.so.40 mpiexec -n 2 <executable> [NAME…]
//! ```
//!
//! - `NAME…` runs only the cases whose name contains one of them.
//! - `MPI_API_EMULATE=1` puts every emulation in place of a native function, so that both answer the same questions.
//! - `MPI_API_LARGE=1` runs the cases beyond 2³¹ elements instead; each rank needs about 7 GiB.
//! - `--features small-counts` at build time makes every count above 4 a large one, to reach those paths with little
//!   data; it says nothing unless functions are emulated.
//!
//! Prints `ok NAME` or `not ok NAME: why` for each case, then `N passed, N failed`; the exit code is 1 on a failure.
//! Without `MPI_API_LIBRARY` it does nothing.
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "each calls MPI with local buffers: to say so 400 times says nothing"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_lossless
)]

mod collectives;
mod datatypes;
mod environment;
mod fault_tolerance;
mod files;
mod handles;
mod harness;
mod intercommunicators;
mod large;
mod neighbors;
mod one_sided;
mod point_to_point;
mod reductions;
mod requests;
mod vectors;

use harness::{Case, Library, World};

const CASES: &[&[Case]] = &[
    environment::CASES,
    handles::CASES,
    datatypes::CASES,
    point_to_point::CASES,
    requests::CASES,
    fault_tolerance::CASES,
    // Before the collectives: Intel MPI 2021.16 to 2021.18 crashes in MPI_Wait for MPI_Rput once a request of a
    // persistent collective was freed.
    one_sided::CASES,
    collectives::CASES,
    vectors::CASES,
    intercommunicators::CASES,
    neighbors::CASES,
    reductions::CASES,
    files::CASES,
];

fn main() -> std::process::ExitCode {
    let Some(library) = std::env::var_os("MPI_API_LIBRARY") else {
        // To standard error: what runs all tests of the workspace asks for a list of them on standard output.
        eprintln!("skipped: MPI_API_LIBRARY names no library");
        return std::process::ExitCode::SUCCESS;
    };
    let library = match Library::open(&library) {
        Ok(library) => library,
        Err(why) => {
            eprintln!("{why}");
            return std::process::ExitCode::FAILURE;
        }
    };
    library.bind(std::env::var_os("MPI_API_EMULATE").is_some());
    let world = World::start();
    world.report();
    let cases = if std::env::var_os("MPI_API_LARGE").is_some() { &[large::CASES][..] } else { CASES };
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    let failed = world.run(cases.iter().copied().flatten().filter(|(name, _)| chosen(name)));
    if failed == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
