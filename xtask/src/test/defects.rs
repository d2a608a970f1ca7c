//! `matrix/defects.toml`: what MPI libraries are known to do wrong.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::factory::Factory;

/// One known defect.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    #[serde(skip_serializing)]
    releases: Vec<String>,
    #[serde(skip_serializing, default)]
    ranks: Vec<u32>,
    pub tests: String,
    pub effect: Effect,
    pub reason: String,
}

/// What a defect does to the tests it hits.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// They fail, always.
    Fails,
    /// They fail, or pass.
    Varies,
    /// They end the job: they are not run.
    Crashes,
    /// They never end: they are not run.
    Hangs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "defect")]
    defects: Vec<Defect>,
}

impl Defect {
    /// Whether it concerns this run of a suite.
    pub fn holds(&self, suite: &str, release: &str, ranks: u32) -> bool {
        self.tests.starts_with(&format!("{suite}/"))
            && self.releases.iter().any(|id| id == release)
            && (self.ranks.is_empty() || self.ranks.contains(&ranks))
    }
}

/// The rows of `matrix/defects.toml`.
pub fn read(factory: &Factory) -> Result<Vec<Defect>> {
    let path = factory.root.join("matrix/defects.toml");
    let text = fs_err::read_to_string(&path)?;
    let file: File = toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
    for defect in &file.defects {
        let row = format!("{}: the defect of {:?}", path.display(), defect.tests);
        ensure!(!defect.reason.is_empty(), "{row}: say what the library does wrong in `reason`");
        for id in &defect.releases {
            factory.matrix.release(id).with_context(|| row.clone())?;
        }
    }
    Ok(file.defects)
}

/// Writes the rows that hold for a run to `path`, for `tests/conftest.py` to apply.
pub fn write(defects: &[Defect], suite: &str, release: &str, ranks: u32, path: &Path) -> Result<()> {
    let rows: Vec<_> = defects.iter().filter(|defect| defect.holds(suite, release, ranks)).collect();
    Ok(fs_err::write(path, serde_json::to_vec_pretty(&rows)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_holds_where_its_row_says() {
        let defect = Defect {
            releases: vec!["mpich-3.4.3".to_owned()],
            ranks: vec![2],
            tests: "mpi/test_a.py::*".to_owned(),
            effect: Effect::Hangs,
            reason: "it does".to_owned(),
        };
        assert!(defect.holds("mpi", "mpich-3.4.3", 2));
        assert!(!defect.holds("mpi", "mpich-3.4.3", 1));
        assert!(!defect.holds("mpi", "mpich-4.1.3", 2));
        assert!(!defect.holds("python", "mpich-3.4.3", 2));
    }
}
