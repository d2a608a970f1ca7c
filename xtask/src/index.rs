//! `dist/simple/`: the package index, as static files (PEP 503 pages, PEP 691 JSON).

use std::path::Path;

use anyhow::{Context, Result};
use fs_err as fs;
use serde_json::json;

use crate::{
    digest,
    factory::{Factory, settle},
};

/// A wheel the index offers.
struct Entry {
    name: String,
    sha256: String,
    size: u64,
    version: String,
}

impl Entry {
    /// Where the wheel is, seen from the page of its project. A `+` in a path must be escaped.
    fn url(&self) -> String {
        format!("../../{}", self.name.replace('+', "%2B"))
    }
}

/// Writes the index of all wheels in `dist/`, which need Python `requires`.
///
/// # Errors
/// When a wheel cannot be read, or a page cannot be written.
pub fn write(factory: &Factory, requires: &str) -> Result<()> {
    let entries = entries(&factory.dist)?;
    let simple = factory.dist.join("simple");
    let project = simple.join("mpi4py");
    fs::create_dir_all(&project)?;
    put(&simple.join("index.html"), &page("Simple index", "<a href=\"mpi4py/\">mpi4py</a>\n"))?;
    put(&simple.join("index.json"), &root_json())?;
    put(&project.join("index.html"), &page("Links for mpi4py", &links(&entries, requires)))?;
    put(&project.join("index.json"), &project_json(&entries, requires))
}

fn entries(dist: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        let name = path.file_name().context("a file has a name")?.to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "whl") && !name.starts_with('.') {
            let version =
                name.split('-').nth(1).with_context(|| format!("{name} is no wheel's name"))?.to_owned();
            let (sha256, size) = (digest::of_file(&path)?, fs::metadata(&path)?.len());
            entries.push(Entry { name, sha256, size, version });
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"pypi:repository-version\" content=\"1.1\">\n<title>{title}</title>\n</head>\n<body>\n\
         {body}</body>\n</html>\n"
    )
}

fn links(entries: &[Entry], requires: &str) -> String {
    let requires = requires.replace('>', "&gt;").replace('<', "&lt;");
    let link = |entry: &Entry| {
        let (url, hash, name) = (entry.url(), &entry.sha256, &entry.name);
        format!("<a href=\"{url}#sha256={hash}\" data-requires-python=\"{requires}\">{name}</a><br>\n")
    };
    entries.iter().map(link).collect()
}

fn root_json() -> String {
    let root = json!({ "meta": { "api-version": "1.1" }, "projects": [{ "name": "mpi4py" }] });
    format!("{root:#}\n")
}

fn project_json(entries: &[Entry], requires: &str) -> String {
    let mut versions: Vec<_> = entries.iter().map(|entry| &entry.version).collect();
    versions.dedup();
    let files: Vec<_> = entries
        .iter()
        .map(|entry| {
            json!({
                "filename": entry.name,
                "url": entry.url(),
                "hashes": { "sha256": entry.sha256 },
                "requires-python": requires,
                "size": entry.size,
            })
        })
        .collect();
    let meta = json!({ "api-version": "1.1" });
    format!("{:#}\n", json!({ "meta": meta, "name": "mpi4py", "versions": versions, "files": files }))
}

/// Writes a page beside its place, then moves it there.
fn put(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    settle(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_escape_the_local_version_and_carry_the_hash() {
        let entry =
            Entry { name: "p-1+x-any.whl".into(), sha256: "ab".into(), size: 3, version: "1+x".into() };
        assert_eq!(
            links(&[entry], ">=3.11"),
            "<a href=\"../../p-1%2Bx-any.whl#sha256=ab\" data-requires-python=\"&gt;=3.11\">p-1+x-any.whl</a><br>\n"
        );
    }

    #[test]
    fn every_wheel_is_on_the_page_and_in_the_json() {
        let folder = tempfile::tempdir().unwrap();
        let factory = Factory::within(folder.path());
        for name in ["mpi4py-1+x-a.whl", "mpi4py-1+x-b.whl", ".mpi4py-1+x-c.whl.new"] {
            fs::write(factory.dist.join(name), name).unwrap();
        }
        write(&factory, ">=3.11").unwrap();
        let read = |name: &str| fs::read_to_string(factory.dist.join("simple").join(name)).unwrap();
        assert_eq!(read("mpi4py/index.html").matches("<a href=").count(), 2);
        let json: serde_json::Value = serde_json::from_str(&read("mpi4py/index.json")).unwrap();
        assert_eq!(json["versions"], json!(["1+x"]));
        assert_eq!(json["files"][1]["filename"], "mpi4py-1+x-b.whl");
        assert_eq!(json["files"][1]["hashes"]["sha256"], digest::of_bytes(b"mpi4py-1+x-b.whl"));
        assert!(read("index.html").contains("<a href=\"mpi4py/\">"));
    }
}
