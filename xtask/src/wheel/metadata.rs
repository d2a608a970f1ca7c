//! `METADATA`, from the `[project]` table of `pyproject.toml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use fs_err as fs;
use serde::Deserialize;

use crate::{factory::Factory, matrix::Abi};

#[derive(Deserialize)]
struct File {
    project: Project,
}

/// What of `[project]` we write; an unknown field is an error, not lost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Project {
    name: String,
    description: String,
    license: String,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    classifiers: Vec<String>,
    #[serde(default)]
    urls: BTreeMap<String, String>,
    #[serde(default)]
    authors: Vec<Author>,
    /// `version`, `readme`, `requires-python` and `license-files` come from the workspace and the matrix.
    #[serde(rename = "dynamic")]
    _dynamic: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Author {
    name: String,
}

/// The text of METADATA: its fields, and the README as description.
///
/// # Errors
/// When `pyproject.toml` or the README cannot be read.
pub fn render<'a>(factory: &Factory, abi: &Abi, licenses: impl Iterator<Item = &'a str>) -> Result<String> {
    let path = factory.root.join(super::PROJECT);
    let project = toml::from_str::<File>(&fs::read_to_string(&path)?)
        .map_err(|error| anyhow!("{}: {error}", path.display()))?
        .project;
    let readme = fs::read_to_string(factory.root.join("README.md")).context("the wheel's description")?;
    Ok(text(&project, abi, licenses, &readme))
}

fn text<'a>(project: &Project, abi: &Abi, licenses: impl Iterator<Item = &'a str>, readme: &str) -> String {
    let mut fields = vec![
        ("Metadata-Version", "2.4".to_owned()),
        ("Name", project.name.clone()),
        ("Version", super::version().to_owned()),
        ("Summary", project.description.clone()),
        ("License-Expression", project.license.clone()),
        ("Requires-Python", abi.requires.clone()),
        ("Description-Content-Type", "text/markdown; charset=UTF-8".to_owned()),
    ];
    if !project.keywords.is_empty() {
        fields.push(("Keywords", project.keywords.join(",")));
    }
    fields.extend(project.authors.iter().map(|author| ("Author", author.name.clone())));
    fields.extend(project.urls.iter().map(|(label, url)| ("Project-URL", format!("{label}, {url}"))));
    fields.extend(project.classifiers.iter().map(|classifier| ("Classifier", classifier.clone())));
    fields.extend(licenses.map(|file| ("License-File", file.to_owned())));
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{}\n\n{}\n", fields.join("\n"), readme.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_then_description() {
        let project: File = toml::from_str(
            "project = { name = 'p', description = 'd', license = 'MIT', urls = { Home = 'u' }, dynamic = [] }",
        )
        .unwrap();
        let abi = Abi { id: "cp311-abi3".into(), requires: ">=3.11".into() };
        let text = text(&project.project, &abi, ["LICENSE"].into_iter(), "# p\n\n");
        assert!(text.starts_with("Metadata-Version: 2.4\nName: p\nVersion: "));
        assert!(text.contains("\nRequires-Python: >=3.11\n"));
        assert!(text.contains("\nProject-URL: Home, u\n"));
        assert!(text.ends_with("\nLicense-File: LICENSE\n\n# p\n"));
    }
}
