//! `cargo xtask matrix`: what is built and tested where.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use crate::{factory::Factory, matrix::Release, table::Table};

/// Show what is built and tested: platforms and their modules, releases, test cells.
#[derive(clap::Args)]
pub struct Args {
    /// Print the list of jobs as JSON, for workflows.
    #[arg(long)]
    json: bool,
    /// Only this platform.
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
}

/// The job list that workflows read.
#[derive(Serialize)]
struct Jobs {
    build: Vec<Build>,
    test: Vec<Cell>,
}

/// One wheel.
#[derive(Serialize)]
struct Build {
    platform: String,
    python: String,
    variants: Vec<String>,
}

/// One release, at one rank count, with one Python, on one platform.
#[derive(Serialize)]
struct Cell {
    platform: String,
    python: String,
    release: String,
    ranks: u32,
    variant: String,
}

/// Runs the verb.
///
/// # Errors
/// When the platform is unknown.
pub fn run(factory: &Factory, args: &Args) -> Result<()> {
    let jobs = jobs(factory, args.platform.as_deref())?;
    if args.json {
        println!("{}", serde_json::to_string(&jobs)?);
    } else {
        show(factory, &jobs);
    }
    Ok(())
}

fn jobs(factory: &Factory, only: Option<&str>) -> Result<Jobs> {
    let matrix = &factory.matrix;
    let platforms = match only {
        Some(id) => vec![matrix.platform(id)?],
        None => matrix.platforms.iter().collect(),
    };
    let mut jobs = Jobs { build: Vec::new(), test: Vec::new() };
    for platform in platforms {
        for abi in matrix.pythons.abis() {
            let variants = matrix.variants(platform).iter().map(ToString::to_string).collect();
            jobs.build.push(Build { platform: platform.id.clone(), python: abi.id.clone(), variants });
        }
        let sites = matrix.releases().iter().filter(|release| release.test);
        for (release, site) in sites.filter_map(|release| Some((release, release.on(platform)?))) {
            for (python, ranks) in matrix.pythons.versions().flat_map(|python| pairs(python, release)) {
                jobs.test.push(Cell {
                    platform: platform.id.clone(),
                    python: python.to_owned(),
                    release: release.id.clone(),
                    ranks,
                    variant: site.variant.to_string(),
                });
            }
        }
    }
    Ok(jobs)
}

fn pairs<'a>(python: &'a str, release: &'a Release) -> impl Iterator<Item = (&'a str, u32)> {
    release.launch.ranks.iter().map(move |ranks| (python, *ranks))
}

fn show(factory: &Factory, jobs: &Jobs) {
    let mut wheels = Table::new(["platform", "python", "modules"]);
    for build in &jobs.build {
        wheels.row([build.platform.clone(), build.python.clone(), build.variants.join(" ")]);
    }
    let shown = |id: &str| jobs.build.iter().any(|build| build.platform == id);
    let mut releases = Table::new(["release", "reports", "tested", "served by"]);
    for release in factory.matrix.releases() {
        let mut servers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for platform in factory.matrix.platforms.iter().filter(|platform| shown(&platform.id)) {
            if let Some(site) = release.on(platform) {
                servers.entry(site.variant.to_string()).or_default().push(&platform.id);
            }
        }
        let servers =
            servers.iter().map(|(variant, platforms)| format!("{variant} on {}", platforms.join(" ")));
        let (servers, tested) = (servers.collect::<Vec<_>>(), if release.test { "yes" } else { "no" });
        releases.row([
            release.id.clone(),
            format!("MPI {}", release.mpi),
            tested.to_owned(),
            servers.join(", "),
        ]);
    }
    println!("{wheels}\n{releases}");
    for implementation in factory.matrix.implementations.values() {
        if let Some(reason) = &implementation.unpackaged {
            println!("{}: {reason}", implementation.name);
        }
    }
}
