//! What can be told of the stub headers without a real MPI.

use std::{collections::BTreeSet, process::Command};

use mpi_stubs::{Function, Model, Variant};

use super::{headers::Headers, model};
use crate::{factory::Factory, matrix::Platform};

/// The factory of this checkout.
fn factory() -> Factory {
    Factory::open().expect("matrix/ is well-formed")
}

/// Each variant with its model, on each platform that has its module.
fn models(factory: &Factory) -> Vec<(Variant, &Platform, Model)> {
    let of = |platform| {
        let variants = factory.matrix.variants(platform);
        variants.into_iter().map(move |variant| {
            let model = model(&variant, platform).unwrap_or_else(|error| panic!("{variant}: {error:#}"));
            (variant, platform, model)
        })
    };
    factory.matrix.platforms.iter().flat_map(of).collect()
}

fn names(model: &Model) -> BTreeSet<&str> {
    model.functions.iter().map(|function| function.name.as_str()).collect()
}

#[test]
fn every_variant_has_a_stub_header() {
    for (variant, platform, model) in models(&factory()) {
        let place = format!("{variant} on {}", platform.id);
        for name in ["MPI_Init", "MPI_Send", "MPI_Win_create", "MPI_File_open"] {
            assert!(model.function(name).is_some(), "{place} has no {name}");
        }
        for name in ["MPI_COMM_WORLD", "MPI_DOUBLE", "MPI_SUM", "MPI_IN_PLACE", "MPI_ERR_COMM", "MPI_TAG_UB"]
        {
            assert!(model.constant(name).is_some(), "{place} has no {name}");
        }
        for name in ["MPI_SOURCE", "MPI_TAG", "MPI_ERROR"] {
            assert!(model.status.iter().any(|field| field.name == name), "{place}: MPI_Status has no {name}");
        }
    }
}

#[test]
fn nothing_is_declared_twice() {
    for (variant, _, model) in models(&factory()) {
        assert_eq!(names(&model).len(), model.functions.len(), "{variant}");
    }
}

#[test]
fn a_newer_version_has_what_an_older_one_had() {
    let factory = factory();
    let models = models(&factory);
    for (older, platform, had) in &models {
        let newer = models.iter().filter(|(variant, other, _)| {
            variant.implementation == older.implementation
                && variant.version > older.version
                && other.id == platform.id
        });
        for (variant, _, has) in newer {
            let lost: Vec<_> = names(had).difference(&names(has)).copied().collect();
            assert!(lost.is_empty(), "{variant} has lost {lost:?}, which {older} had");
        }
    }
}

#[test]
fn a_large_count_form_differs_from_its_counterpart_in_counts_alone() {
    // These give large counts in an array of their own.
    let wider = ["MPI_Type_get_contents_c", "MPI_Type_get_envelope_c"];
    for (variant, _, model) in models(&factory()) {
        let large =
            model.functions.iter().filter_map(|function| Some((function, function.name.strip_suffix("_c")?)));
        for (function, name) in large {
            let counterpart =
                model.function(name).unwrap_or_else(|| panic!("{variant}: {} has no {name}", function.name));
            if !wider.contains(&function.name.as_str()) {
                assert_widened(counterpart, function);
            }
        }
    }
}

fn assert_widened(narrow: &Function, wide: &Function) {
    let places = narrow.parameters.iter().zip(&wide.parameters);
    assert_eq!(narrow.parameters.len(), wide.parameters.len(), "{}", wide.name);
    for (narrow, wide_one) in places {
        assert_eq!(narrow.name, wide_one.name, "{}", wide.name);
        let (before, after) = (narrow.ctype.to_string(), wide_one.ctype.to_string());
        let widened = ["MPI_Count", "MPI_Aint", "_function_c"].iter().any(|word| after.contains(word));
        assert!(before == after || widened, "{}: {} is {after}, but {before}", wide.name, narrow.name);
    }
}

#[test]
fn error_classes_are_distinct() {
    for (variant, _, model) in models(&factory()) {
        let classes = model.constants.iter().filter(|constant| constant.name.starts_with("MPI_ERR_"));
        let mut seen = Vec::new();
        for class in classes {
            assert!(!seen.contains(&&class.value), "{variant}: {} has a value of another class", class.name);
            seen.push(&class.value);
        }
    }
}

#[test]
fn departures_are_of_names_that_exist() {
    let factory = factory();
    let headers = Headers::load(&factory.root, &factory.matrix).expect("matrix/headers.toml is well-formed");
    for (release, platform) in factory
        .matrix
        .releases()
        .iter()
        .flat_map(|release| factory.matrix.platforms.iter().map(move |it| (release, it)))
    {
        let Some(site) = release.on(platform) else { continue };
        let model = model(&site.variant, platform).expect("readable");
        for name in headers.departures(release, platform).flat_map(|departure| &departure.names) {
            let known = model.constant(name).is_some() || model.function(name).is_some();
            assert!(
                known,
                "matrix/headers.toml: {} on {}: {} has no {name}",
                release.id, platform.id, site.variant
            );
        }
    }
}

#[test]
fn every_variant_is_plain_c() {
    for compiler in ["gcc", "clang"] {
        if Command::new(compiler).arg("--version").output().is_err() {
            eprintln!("{compiler} is not on PATH: not asked");
            continue;
        }
        let factory = factory();
        let variants: BTreeSet<_> = models(&factory).into_iter().map(|(variant, _, _)| variant).collect();
        for variant in variants {
            let header = mpi_stubs::include_dir().join(format!("{}.h", variant.implementation));
            let mut command = Command::new(compiler);
            command.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c"]);
            command.arg(format!("-DMPI_STUB_VERSION={}", variant.version)).arg(&header);
            let output = command.output().expect("it has just been started");
            assert!(output.status.success(), "{variant}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
