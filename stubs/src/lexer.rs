//! C tokens, as far as the dialect needs them.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Name(String),
    Integer(i64),
    Text(String),
    Symbol(String),
}

impl Token {
    pub fn is(&self, symbol: &str) -> bool {
        matches!(self, Self::Symbol(s) if s == symbol)
    }
}

const PAIRS: [&str; 6] = ["&&", "||", "==", "!=", "<=", ">="];

/// The tokens of one line.
pub(crate) fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            'A'..='Z' | 'a'..='z' | '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                found.push(Token::Name(rest[..end].to_owned()));
                end
            }
            '0'..='9' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                found.push(Token::Integer(integer(&rest[..end])?));
                end
            }
            '"' => {
                let end = rest[1..].find('"').ok_or_else(|| format!("unclosed string: {rest}"))? + 2;
                found.push(Token::Text(rest[1..end - 1].to_owned()));
                end
            }
            _ => {
                let end = if PAIRS.iter().any(|pair| rest.starts_with(pair)) { 2 } else { first.len_utf8() };
                found.push(Token::Symbol(rest[..end].to_owned()));
                end
            }
        };
        rest = rest[end..].trim_start();
    }
    Ok(found)
}

fn integer(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    value.map_err(|_| format!("{text} is no integer of the dialect"))
}
