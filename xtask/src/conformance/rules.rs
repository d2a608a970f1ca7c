//! Which tests are not ours to pass (`matrix/conformance.toml`), and which a library's defect spoils
//! (`matrix/defects.toml`).

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::source::Source;
use crate::factory::Factory;
use crate::test::defects::{self, Defect};

/// What the tests of this verb are called in `matrix/defects.toml`: `conformance/test_file.Class.method`.
const SUITE: &str = "conformance";

/// All rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The folders of the source package that tests are taken from.
    pub folders: Vec<String>,
    /// Files that run once more, in another way.
    #[serde(default)]
    pub again: Vec<Again>,
    #[serde(default)]
    private: Vec<Private>,
    #[serde(skip)]
    defects: Vec<Defect>,
}

/// A file that runs once more, as the program of a module: `python -m MODULE FILE`. The module has one rank run it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// The file's name without `.py`.
    pub file: String,
    pub module: String,
    /// What names of tests begin with then.
    pub name: String,
    /// The rank counts at which it does.
    pub ranks: Vec<u32>,
}

/// Tests of what is private to the released package.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Private {
    tests: String,
    reason: String,
}

impl Rules {
    /// Reads both files.
    ///
    /// # Errors
    /// Names the row that is wrong.
    pub fn read(factory: &Factory) -> Result<Self> {
        let path = factory.root.join("matrix/conformance.toml");
        let text = fs_err::read_to_string(&path)?;
        let mut rules: Self =
            toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
        rules.defects = defects::read(factory)?;
        rules.defects.retain(|defect| suite_test(defect).is_some());
        Ok(rules)
    }

    /// Holds the rows against the files there are.
    ///
    /// # Errors
    /// When a row names a file that is not there.
    pub fn check(&self, source: &Source) -> Result<()> {
        let private = self.private.iter().map(|row| ("conformance.toml", row.tests.as_str(), &row.reason));
        let defects =
            self.defects.iter().filter_map(|row| Some(("defects.toml", suite_test(row)?, &row.reason)));
        for (file, tests, reason) in private.chain(defects) {
            let row = format!("matrix/{file}: the row for {tests:?}");
            ensure!(
                source.has(file_of(tests)),
                "{row}: {} has no file called {}",
                source.name,
                file_of(tests)
            );
            ensure!(!reason.is_empty(), "{row}: say why in `reason`");
        }
        Ok(())
    }

    /// The rows for a file in a run, as `tests/conformance/run.py` reads them.
    pub fn of(&self, file: &str, release: &str, ranks: u32) -> Vec<Value> {
        let private = self.private.iter().filter(|row| file_of(&row.tests) == file);
        let private =
            private.map(|row| json!({ "tests": row.tests, "effect": "private", "reason": row.reason }));
        let defects = self.defects.iter().filter(|row| row.holds(SUITE, release, ranks));
        let defects = defects.filter_map(|row| {
            let tests = suite_test(row).filter(|tests| file_of(tests) == file)?;
            Some(json!({ "tests": tests, "effect": row.effect, "reason": row.reason }))
        });
        private.chain(defects).collect()
    }
}

/// The test of this verb that a defect hits, if it hits one.
fn suite_test(defect: &Defect) -> Option<&str> {
    defect.tests.strip_prefix(SUITE)?.strip_prefix('/')
}

/// The file a test is in.
fn file_of(tests: &str) -> &str {
    tests.split('.').next().unwrap_or(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_for_their_file() {
        let text = "folders = [\"test\"]\n[[private]]\ntests = \"test_a.*\"\nreason = \"r\"\n";
        let rules: Rules = toml::from_str(text).unwrap();
        assert_eq!(rules.of("test_a", "mpich-4.3.2", 1)[0]["effect"], "private");
        assert!(rules.of("test_ab", "mpich-4.3.2", 1).is_empty());
    }

    #[test]
    fn the_matrix_is_readable() {
        Rules::read(&Factory::open().unwrap()).unwrap();
    }
}
