//! Every function of MPI that the stub headers declare is called from `bindings/mpi4py`, or is on the list of those that
//! are not, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fs_err as fs;
use serde::Deserialize;

use crate::factory::Factory;

/// `bindings/mpi4py/unreached.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    reason: String,
    functions: Vec<String>,
}

#[test]
fn every_function_is_reached_from_python_or_has_a_reason() {
    let root = Factory::open().expect("the factory opens").root;
    let bindings = root.join("bindings/mpi4py");
    let mut called = BTreeSet::new();
    words_of(&bindings.join("src"), &mut called);

    let list = fs::read_to_string(bindings.join("unreached.toml")).expect("it is there");
    let list: List = toml::from_str(&list).expect("unreached.toml is well-formed");
    let mut reasons = BTreeMap::new();
    for group in &list.group {
        for name in &group.functions {
            assert!(reasons.insert(name.as_str(), group.reason.as_str()).is_none(), "{name} is listed twice");
        }
    }

    let whole = mpi_stubs::whole().expect("the stub headers are well-formed");
    let reached = |name: &str| called.contains(name) || called.contains(&format!("{name}_c"));
    let mut unexplained = Vec::new();
    for function in whole.functions.iter().filter(|function| function.name.starts_with("MPI_")) {
        let name = function.name.as_str();
        match (reached(name), reasons.remove(name)) {
            (false, None) => unexplained.push(name),
            (true, Some(reason)) => panic!("{name} is reached, so unreached.toml is wrong: {reason}"),
            _ => {}
        }
    }
    assert!(unexplained.is_empty(), "neither called nor explained in unreached.toml: {unexplained:#?}");
    assert!(reasons.is_empty(), "unreached.toml names what no stub header declares: {reasons:#?}");
}

/// Adds every word of the Rust files below `folder` that begins as MPI's names do.
fn words_of(folder: &Path, words: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            words_of(&path, words);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("it is text");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let found = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.extend(found.filter(|word| word.starts_with("MPI_")).map(str::to_owned));
            }
        }
    }
}
