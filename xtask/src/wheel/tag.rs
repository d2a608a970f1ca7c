//! Wheel tags.

use std::fmt::{self, Write as _};

use crate::matrix::{Abi, Platform};

/// Which Pythons and platforms a wheel is for, as `cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64`.
pub struct Tag {
    python_and_abi: String,
    /// All platform tags the wheel has.
    platforms: Vec<String>,
}

impl Tag {
    /// The tag of the wheel for a Python ABI on a platform.
    pub fn new(abi: &Abi, platform: &Platform) -> Self {
        Self {
            python_and_abi: abi.id.clone(),
            platforms: platform.tag.split('.').map(str::to_owned).collect(),
        }
    }

    /// The wheel's `WHEEL` file, which has each single tag on a line.
    pub fn wheel_file(&self) -> String {
        let generator = format!("mpi4py-wheel-factory {}", super::version());
        let mut text = format!("Wheel-Version: 1.0\nGenerator: {generator}\nRoot-Is-Purelib: false\n");
        for platform in &self.platforms {
            writeln!(text, "Tag: {}-{platform}", self.python_and_abi)
                .expect("writing to a string does not fail");
        }
        text
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.python_and_abi, self.platforms.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag() -> Tag {
        Tag {
            python_and_abi: "cp311-abi3".into(),
            platforms: vec!["manylinux_2_17_x86_64".into(), "manylinux2014_x86_64".into()],
        }
    }

    #[test]
    fn the_file_name_joins_the_platforms() {
        assert_eq!(tag().to_string(), "cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64");
    }

    #[test]
    fn the_wheel_file_lists_each() {
        let text = tag().wheel_file();
        assert!(
            text.ends_with("Tag: cp311-abi3-manylinux_2_17_x86_64\nTag: cp311-abi3-manylinux2014_x86_64\n")
        );
    }
}
