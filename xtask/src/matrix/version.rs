//! MPI versions as the matrix writes them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An MPI version: `"4.1"` in the matrix, `41` in a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct MpiVersion(pub u32);

impl TryFrom<String> for MpiVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digit = |part: &str| part.parse::<u32>().ok().filter(|digit| *digit < 10);
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self(digit(major)? * 10 + digit(minor)?)))
            .ok_or_else(|| format!("{text:?} is no MPI version: expected major.minor, as \"4.1\""))
    }
}

impl From<MpiVersion> for String {
    fn from(version: MpiVersion) -> Self {
        version.to_string()
    }
}

impl fmt::Display for MpiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}
