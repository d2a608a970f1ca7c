//! What was found, for people and for programs.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::table::Table;

/// One release on one platform, or one stub header, held against its variant.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The release; `stub header` for a variant's own.
    pub release: String,
    /// The platform.
    pub platform: String,
    /// The variant that serves it.
    pub variant: String,
    /// How many functions were held against a header.
    pub functions: Option<usize>,
    /// How many constants and sizes were.
    pub constants: Option<usize>,
    /// How many declared names the library was asked for.
    pub exports: Option<usize>,
    /// What does not agree: a name, and how.
    pub mismatches: BTreeMap<String, String>,
    /// What does not agree but is known not to, with the reason.
    pub departures: BTreeMap<String, String>,
    /// The functions that the library has and the stub has not.
    pub beyond: Vec<String>,
    /// What else is to be said.
    pub remark: Option<String>,
}

impl Row {
    /// A row about which nothing is known yet.
    pub fn new(release: &str, platform: &str, variant: String) -> Self {
        Self {
            release: release.to_owned(),
            platform: platform.to_owned(),
            variant,
            functions: None,
            constants: None,
            exports: None,
            mismatches: BTreeMap::new(),
            departures: BTreeMap::new(),
            beyond: Vec::new(),
            remark: None,
        }
    }

    /// Notes that `name` does not agree, in addition to what is known about it.
    pub fn mismatch(&mut self, name: &str, how: String) {
        match self.mismatches.get_mut(name) {
            Some(known) => *known = format!("{known}; {how}"),
            None => drop(self.mismatches.insert(name.to_owned(), how)),
        }
    }

    fn place(&self) -> String {
        format!("{} on {}", self.release, self.platform)
    }
}

/// All rows.
#[derive(Debug, Serialize)]
pub struct Report {
    /// One per release and platform, then one per variant.
    pub rows: Vec<Row>,
}

impl Report {
    /// How much does not agree.
    pub fn mismatches(&self) -> usize {
        self.rows.iter().map(|row| row.mismatches.len()).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = [
            "release",
            "platform",
            "variant",
            "functions",
            "constants",
            "exports",
            "beyond",
            "departures",
            "mismatches",
        ];
        let mut table = Table::new(heading);
        let number = |count: Option<usize>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        for row in &self.rows {
            table.row([
                row.release.clone(),
                row.platform.clone(),
                row.variant.clone(),
                number(row.functions),
                number(row.constants),
                number(row.exports),
                number(row.exports.map(|_| row.beyond.len())),
                row.departures.len().to_string(),
                row.mismatches.len().to_string(),
            ]);
        }
        write!(f, "{table}")?;
        for row in self.rows.iter().filter(|row| row.remark.is_some()) {
            writeln!(
                f,
                "\n{} ({}): {}",
                row.release,
                row.variant,
                row.remark.as_deref().unwrap_or_default()
            )?;
        }
        grouped(f, "Functions the library has beyond the stub", &self.rows, |row| row.beyond.join(" "))?;
        for (title, of) in [("Departures", departures as fn(&Row) -> String), ("Mismatches", wrong)] {
            grouped(f, title, &self.rows, of)?;
        }
        Ok(())
    }
}

fn departures(row: &Row) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, reason) in &row.departures {
        by_reason.entry(reason).or_default().push(name);
    }
    by_reason
        .iter()
        .map(|(reason, names)| format!("{}: {reason}", names.join(" ")))
        .collect::<Vec<_>>()
        .join("\n  ")
}

fn wrong(row: &Row) -> String {
    row.mismatches.iter().map(|(name, how)| format!("{name}: {how}")).collect::<Vec<_>>().join("\n  ")
}

/// Prints what `text` says of each row, once for all rows of which it says the same.
fn grouped(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    rows: &[Row],
    text: impl Fn(&Row) -> String,
) -> fmt::Result {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        let said = text(row);
        match groups.iter_mut().find(|(other, _)| *other == said) {
            _ if said.is_empty() => {}
            Some((_, places)) => places.push(row.place()),
            None => groups.push((said, vec![row.place()])),
        }
    }
    for (said, places) in groups {
        writeln!(f, "\n{title}, {}:\n  {said}", places.join(", "))?;
    }
    Ok(())
}
