//! `RECORD`: every file of the wheel with its hash and size.

use std::{collections::BTreeMap, fmt::Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The text of the RECORD called `own`, which lists itself without hash.
pub fn render(files: &BTreeMap<String, Vec<u8>>, own: &str) -> String {
    let mut text = String::new();
    for (name, bytes) in files {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
        writeln!(text, "{},sha256={hash},{}", quoted(name), bytes.len())
            .expect("writing to a string does not fail");
    }
    writeln!(text, "{},,", quoted(own)).expect("writing to a string does not fail");
    text
}

/// A CSV field.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hashes_and_sizes_and_itself() {
        let files =
            [("a.py", ""), ("b, c.py", "x")].map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        assert_eq!(
            render(&files.into(), "p.dist-info/RECORD"),
            "a.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\
             \"b, c.py\",sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE,1\n\
             p.dist-info/RECORD,,\n"
        );
    }
}
