//! `cargo xtask stubs`: the stub headers, held against real MPI libraries and their `mpi.h`.

mod archive;
mod compiler;
mod exports;
mod headers;
mod probe;
mod report;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow, bail};
use mpi_stubs::{Model, Value, Variant};

use crate::{
    factory::Factory,
    fetch::{Wheel, fetch},
    matrix::{Platform, Release, Site},
};
use archive::Archive;
use compiler::Compiler;
use exports::Library;
use headers::Headers;
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
        let named = |names: &[String], name: &str| names.is_empty() || names.iter().any(|other| other == name);
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
    let task = factory.progress.count("stubs", (sites.len() + variants.len()) as u64);
    let mut rows = Vec::new();
    for (release, platform, site) in sites {
        task.message(format!("{} on {}", release.id, platform.id));
        let case = Case { factory, headers: &headers, release, platform, site };
        rows.push(case.examine().with_context(|| format!("release {} on {}", release.id, platform.id))?);
        task.inc();
    }
    for (variant, platforms) in variants {
        task.message(format!("{variant}"));
        rows.push(own(factory, &variant, &platforms).with_context(|| format!("stub header of {variant}"))?);
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
        count => bail!("{count} mismatches: correct stubs/include, or record a departure in matrix/headers.toml"),
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
fn model(variant: &Variant, _platform: &Platform) -> Result<Model> {
    mpi_stubs::read(variant).map_err(|error| anyhow!("{error}"))
}

/// The answers of the stub header of `variant` on `platform`.
fn stub_answers(compiler: &Compiler, variant: &Variant, questions: &[Question]) -> Result<Answers> {
    let (folder, name) = (mpi_stubs::include_dir(), format!("{}.h", variant.implementation));
    probe::answers(compiler, &Header::stub(&folder, variant, &name), questions)
}

/// One release on one platform.
struct Case<'a> {
    factory: &'a Factory,
    headers: &'a Headers,
    release: &'a Release,
    platform: &'a Platform,
    site: &'a Site,
}

impl Case<'_> {
    fn examine(&self) -> Result<Row> {
        let model = model(&self.site.variant, self.platform)?;
        let mut row = Row::new(&self.release.id, &self.platform.id, self.site.variant.to_string());
        self.compare_exports(&model, &mut row)?;
        match self.headers.wheel(self.release, self.platform) {
            Some((wheel, path)) => self.compare_header(&model, &wheel, path, &mut row)?,
            None => row.remark = Some("no package holds its mpi.h: only its symbols are compared".to_owned()),
        }
        self.set_departures_apart(&mut row);
        Ok(row)
    }

    fn compare_exports(&self, model: &Model, row: &mut Row) -> Result<()> {
        let wheel = Wheel::of_release(self.release, self.platform).context("a site has a wheel")?;
        let exported = self.exports(&wheel)?;
        let variables = model.constants.iter().filter_map(|constant| match &constant.value {
            Value::Address(symbol) | Value::Variable(symbol) => Some(symbol.as_str()),
            Value::Integer(_) | Value::Text(_) => None,
        });
        let functions = model.functions.iter().map(|function| function.name.as_str());
        let mut declared: Vec<&str> = functions.chain(variables).collect();
        declared.sort_unstable();
        declared.dedup();
        for name in declared.iter().filter(|name| !exported.contains(**name)) {
            row.mismatches.insert((*name).to_owned(), format!("{} does not export it", self.site.library));
        }
        row.exports = Some(declared.len());
        let known = |name: &&String| model.function(name).is_some();
        row.beyond = exported.iter().filter(|name| exports::is_function(name) && !known(name)).cloned().collect();
        Ok(())
    }

    /// What the library and its companions in the same folder export.
    fn exports(&self, wheel: &Wheel<'_>) -> Result<BTreeSet<String>> {
        let mut package = Archive::open(&fetch(self.factory, wheel)?)?;
        let path = &self.site.library;
        let library = Library::parse(&package.read(path)?).with_context(|| path.clone())?;
        let mut exports = library.exports;
        for companion in &library.companions {
            let beside = path.rsplit_once('/').map_or_else(|| companion.clone(), |(folder, _)| format!("{folder}/{companion}"));
            if beside != *path && package.has(&beside)? {
                exports.extend(Library::parse(&package.read(&beside)?).with_context(|| beside.clone())?.exports);
            }
        }
        Ok(exports)
    }

    fn compare_header(&self, model: &Model, wheel: &Wheel<'_>, path: &str, row: &mut Row) -> Result<()> {
        let compiler = Compiler::new(self.factory, self.platform)?;
        let (folder, name) = path.rsplit_once('/').context("a header lies in a folder")?;
        let unpacked = tempfile::tempdir()?;
        Archive::open(&fetch(self.factory, wheel)?)?.unpack_headers(folder, unpacked.path())?;
        let header = Header::real(unpacked.path(), name);
        for (name, objection) in probe::declarations(&compiler, &header, model)? {
            row.mismatches.insert(name, objection);
        }
        row.functions = Some(model.functions.len());
        let questions = probe::questions(model);
        let stub = stub_answers(&compiler, &self.site.variant, &questions)?;
        let real = probe::answers(&compiler, &header, &questions)?;
        let questions = questions.iter().filter(|question| self.is_asked(&question.name));
        let mut compared = 0;
        for Question { name, optional, .. } in questions {
            match (&stub[name], &real[name]) {
                (Ok(_), Err(_)) if *optional => continue,
                (Ok(ours), Ok(theirs)) if ours == theirs => {}
                (Ok(ours), Ok(theirs)) => drop(row.mismatches.insert(name.clone(), format!("{ours}, but {theirs} in {path}"))),
                (Ok(_), Err(objection)) => drop(row.mismatches.insert(name.clone(), format!("{path}: {objection}"))),
                (Err(objection), _) => drop(row.mismatches.insert(name.clone(), format!("stub header: {objection}"))),
            }
            compared += 1;
        }
        row.constants = Some(compared);
        Ok(())
    }

    /// A stub's version is that of the API it gives, which may be ahead of what the release reports.
    fn is_asked(&self, name: &str) -> bool {
        self.release.mpi.0 == self.site.variant.version || !matches!(name, "MPI_VERSION" | "MPI_SUBVERSION")
    }

    fn set_departures_apart(&self, row: &mut Row) {
        for departure in self.headers.departures(self.release, self.platform) {
            for name in &departure.names {
                if row.mismatches.remove(name).is_some() {
                    row.departures.insert(name.clone(), departure.reason.clone());
                } else {
                    let stale = "it agrees: remove it from the departures in matrix/headers.toml".to_owned();
                    row.mismatches.insert(name.clone(), stale);
                }
            }
        }
    }
}

/// A stub header compiled on all its platforms, against what its reader says.
fn own(factory: &Factory, variant: &Variant, platforms: &[&Platform]) -> Result<Row> {
    let place = platforms.iter().map(|platform| platform.id.as_str()).collect::<Vec<_>>().join(" ");
    let mut row = Row::new("stub header", &place, variant.to_string());
    for platform in platforms {
        let model = model(variant, platform)?;
        let questions = probe::questions(&model);
        let answers = stub_answers(&Compiler::new(factory, platform)?, variant, &questions)?;
        for (name, entry) in probe::expected(&model) {
            let how = match &answers[name] {
                Ok(compiled) if *compiled == entry => continue,
                Ok(compiled) => format!("the compiler reads {compiled}, the reader {entry}"),
                Err(objection) => objection.clone(),
            };
            row.mismatches.insert(name.to_owned(), format!("{how} ({})", platform.id));
        }
        row.functions = Some(model.functions.len());
        row.constants = Some(model.constants.len());
    }
    row.remark = factory.matrix.implementations.get(&variant.implementation).and_then(|own| own.unpackaged.clone());
    Ok(row)
}
