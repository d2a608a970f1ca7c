//! The factory: `cargo xtask <verb>`. One verb, one file; this one only dispatches.

mod audit;
mod bench;
mod build_wheels;
mod clean;
mod conformance;
mod digest;
mod factory;
mod fetch;
mod index;
mod matrix;
mod matrix_verb;
mod module;
mod profile;
mod progress;
mod python;
#[cfg(test)]
mod reach;
mod rustc;
mod stubs;
mod table;
mod test;
mod tools;
mod wheel;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use factory::Factory;

/// The mpi4py wheel factory.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    BuildWheels(build_wheels::Args),
    Test(test::Args),
    Audit(audit::Args),
    Stubs(stubs::Args),
    Bench(bench::Args),
    Conformance(conformance::Args),
    Profile(profile::Args),
    Matrix(matrix_verb::Args),
    Clean(clean::Args),
}

fn main() -> ExitCode {
    let verb = Cli::parse().verb;
    match run(verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<()> {
    let factory = Factory::open()?;
    match verb {
        Verb::BuildWheels(args) => build_wheels::run(&factory, &args),
        Verb::Test(args) => test::run(&factory, &args),
        Verb::Audit(args) => audit::run(&factory, &args),
        Verb::Stubs(args) => stubs::run(&factory, &args),
        Verb::Bench(args) => bench::run(&factory, &args),
        Verb::Conformance(args) => conformance::run(&factory, &args),
        Verb::Profile(args) => profile::run(&factory, &args),
        Verb::Matrix(args) => matrix_verb::run(&factory, &args),
        Verb::Clean(args) => clean::run(&factory, &args),
    }
}
