//! One release on one platform, held against the stub header of its variant.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use mpi_stubs::{Model, Value};

use super::{
    exports::{self, Library},
    headers::Headers,
    lab::Lab,
    model,
    probe::{self, Header, Question},
    report::Row,
    stub_answers,
};
use crate::{
    fetch::Wheel,
    matrix::{Platform, Release, Site},
};

/// One release on one platform.
pub struct Case<'a> {
    /// What it is examined with.
    pub lab: &'a Lab<'a>,
    /// Where headers are, and known departures.
    pub headers: &'a Headers,
    /// The release.
    pub release: &'a Release,
    /// The platform.
    pub platform: &'a Platform,
    /// The release there.
    pub site: &'a Site,
}

impl Case<'_> {
    /// Holds the stub header against the release.
    ///
    /// # Errors
    /// When its packages or the compiler cannot be had, or its header is none.
    pub fn examine(&self) -> Result<Row> {
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
            row.mismatch(name, format!("{} does not export it", self.site.library));
        }
        row.exports = Some(declared.len());
        let known = |name: &&String| model.function(name).is_some();
        row.beyond =
            exported.iter().filter(|name| exports::is_function(name) && !known(name)).cloned().collect();
        Ok(())
    }

    /// What the library and its companions in the same folder export.
    fn exports(&self, wheel: &Wheel<'_>) -> Result<BTreeSet<String>> {
        let mut package = self.lab.open(wheel)?;
        let path = &self.site.library;
        let library = Library::parse(&package.read(path)?).with_context(|| path.clone())?;
        let mut exports = library.exports;
        for companion in &library.companions {
            let beside = format!("{}/{companion}", path.rsplit_once('/').map_or(".", |(folder, _)| folder));
            if beside != *path && package.has(&beside)? {
                exports
                    .extend(Library::parse(&package.read(&beside)?).with_context(|| beside.clone())?.exports);
            }
        }
        Ok(exports)
    }

    fn compare_header(&self, model: &Model, wheel: &Wheel<'_>, path: &str, row: &mut Row) -> Result<()> {
        let compiler = self.lab.compiler(self.platform);
        let (folder, name) = path.rsplit_once('/').context("a header lies in a folder")?;
        let unpacked = tempfile::tempdir()?;
        self.lab.open(wheel)?.unpack_headers(folder, unpacked.path())?;
        let header = Header::real(unpacked.path(), name);
        for (name, objection) in probe::declarations(&compiler, &header, model)? {
            row.mismatch(&name, format!("{path}: {objection}"));
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
                (Ok(ours), Ok(theirs)) => row.mismatch(name, format!("{path}: {ours} but {theirs}")),
                (Ok(_), Err(objection)) => row.mismatch(name, format!("{path}: {objection}")),
                (Err(objection), _) => row.mismatch(name, format!("stub header: {objection}")),
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
                    row.mismatch(name, stale);
                }
            }
        }
    }
}
