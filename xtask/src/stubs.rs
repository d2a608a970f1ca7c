//! `cargo xtask stubs`: the stub headers, held against real MPI libraries and their `mpi.h`.

mod archive;
mod case;
mod compiler;
mod exports;
mod headers;
mod lab;
mod probe;
mod report;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use mpi_stubs::{Model, Variant};

use crate::{
    factory::Factory,
    matrix::{Platform, Release, Site},
};
use case::Case;
use compiler::Compiler;
use headers::Headers;
use lab::Lab;
use probe::{Answers, Header, Question};
use report::{Report, Row};

/// Hold the stub headers against real MPI libraries.
///
/// For every release and platform of the matrix: the prototypes, constants, sizes and the layout of MPI_Status of the
/// stub header are compared with those of the release's mpi.h, by the C compiler, and what the stub declares is looked
/// up among the symbols that the library exports. Then each stub header is held against its own reader.
#[derive(clap::Args)]
pub struct Args {
    /// Only this release, as mpich-4.3.2; repeatable
    #[arg(long, value_name = "RELEASE")]
    release: Vec<String>,
    /// Only this platform, as linux-x86_64; repeatable
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<String>,
    /// Print the rows as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    fn wants(&self, release: &str, platform: &str) -> bool {
        let named =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|other| other == name);
        named(&self.release, release) && named(&self.platform, platform)
    }
}

/// Runs the verb.
///
/// # Errors
/// When something does not agree, or a package, the compiler or a header cannot be had.
pub fn run(factory: &Factory, args: &Args) -> Result<()> {
    for id in &args.release {
        factory.matrix.release(id)?;
    }
    for id in &args.platform {
        factory.matrix.platform(id)?;
    }
    let headers = Headers::load(&factory.root, &factory.matrix)?;
    let sites = sites(factory, args);
    let variants = if args.release.is_empty() { variants(factory, args) } else { BTreeMap::new() };
    let lab = Lab::new(factory)?;
    let task = factory.progress.count("stubs", (sites.len() + variants.len()) as u64);
    let mut rows = Vec::new();
    for (release, platform, site) in sites {
        task.message(format!("{} on {}", release.id, platform.id));
        let case = Case { lab: &lab, headers: &headers, release, platform, site };
        rows.push(case.examine().with_context(|| format!("release {} on {}", release.id, platform.id))?);
        task.inc();
    }
    for (variant, platforms) in variants {
        task.message(format!("{variant}"));
        rows.push(
            own(factory, &lab, &variant, &platforms).with_context(|| format!("stub header of {variant}"))?,
        );
        task.inc();
    }
    let report = Report { rows };
    task.done(&format!("{} rows", report.rows.len()));
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    match report.mismatches() {
        0 => Ok(()),
        count => {
            bail!("{count} mismatches: correct stubs/include, or record a departure in matrix/headers.toml")
        }
    }
}

/// The releases where they exist.
fn sites<'a>(factory: &'a Factory, args: &Args) -> Vec<(&'a Release, &'a Platform, &'a Site)> {
    let matrix = &factory.matrix;
    let all = matrix.releases().iter().flat_map(|release| {
        matrix.platforms.iter().filter_map(move |platform| Some((release, platform, release.on(platform)?)))
    });
    all.filter(|(release, platform, _)| args.wants(&release.id, &platform.id)).collect()
}

/// The variants, each with the platforms that have its module.
fn variants<'a>(factory: &'a Factory, args: &Args) -> BTreeMap<Variant, Vec<&'a Platform>> {
    let mut found: BTreeMap<Variant, Vec<&Platform>> = BTreeMap::new();
    for platform in factory.matrix.platforms.iter().filter(|platform| args.wants("", &platform.id)) {
        for variant in factory.matrix.variants(platform) {
            found.entry(variant).or_default().push(platform);
        }
    }
    found
}

/// What the stub headers say of `variant` on `platform`.
fn model(variant: &Variant, platform: &Platform) -> Result<Model> {
    mpi_stubs::read_for(variant, &platform.target).map_err(|error| anyhow!("{error}"))
}

/// The answers of the stub header of `variant` on `platform`.
fn stub_answers(compiler: &Compiler, variant: &Variant, questions: &[Question]) -> Result<Answers> {
    let (folder, name) = (mpi_stubs::include_dir(), format!("{}.h", variant.implementation));
    probe::answers(compiler, &Header::stub(&folder, variant, &name), questions)
}

/// A stub header compiled on all its platforms, against what its reader says.
fn own(factory: &Factory, lab: &Lab<'_>, variant: &Variant, platforms: &[&Platform]) -> Result<Row> {
    let place = match platforms {
        [only] => only.id.clone(),
        all => format!("{} platforms", all.len()),
    };
    let mut row = Row::new("stub header", &place, variant.to_string());
    for platform in platforms {
        let model = model(variant, platform)?;
        let questions = probe::questions(&model);
        let answers = stub_answers(&lab.compiler(platform), variant, &questions)?;
        for (name, entry) in probe::expected(&model) {
            let how = match &answers[name] {
                Ok(compiled) if *compiled == entry => continue,
                Ok(compiled) => format!("the compiler reads {compiled}, the reader {entry}"),
                Err(objection) => objection.clone(),
            };
            row.mismatch(name, format!("{how} ({})", platform.id));
        }
        row.functions = Some(model.functions.len());
        row.constants = Some(model.constants.len());
    }
    row.remark =
        factory.matrix.implementations.get(&variant.implementation).and_then(|own| own.unpackaged.clone());
    Ok(row)
}
