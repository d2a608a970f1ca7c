//! Comments, `#include`, `#if` and `#define`, as far as the dialect has them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::lexer::{Token, tokens};
use crate::model::Error;

/// A token and where it stands.
pub(crate) struct Placed {
    pub token: Token,
    pub file: PathBuf,
    pub line: usize,
}

/// A `#define NAME VALUE`, its value as tokens.
pub(crate) struct Define {
    pub name: String,
    pub value: Vec<Token>,
    pub file: PathBuf,
    pub line: usize,
}

/// What is left after preprocessing.
#[derive(Default)]
pub(crate) struct Output {
    pub text: Vec<Placed>,
    pub defines: Vec<Define>,
}

/// State of one open `#if`.
struct Conditional {
    active: bool,
    taken: bool,
    outer: bool,
}

pub(crate) struct Preprocessor {
    macros: HashMap<String, Vec<Token>>,
    seen: Vec<PathBuf>,
    output: Output,
}

impl Preprocessor {
    pub fn new(version: u32, target: &str) -> Self {
        let mut macros =
            HashMap::from([("MPI_STUB_VERSION".to_owned(), vec![Token::Integer(i64::from(version))])]);
        // What every C compiler predefines for that target, as far as the headers ask.
        let predefined = [("aarch64-", "__aarch64__"), ("-apple-", "__APPLE__")];
        let of_target = predefined.iter().filter(|(part, _)| target.contains(part));
        macros.extend(of_target.map(|(_, name)| ((*name).to_owned(), vec![Token::Integer(1)])));
        Self { macros, seen: Vec::new(), output: Output::default() }
    }

    pub fn run(mut self, header: &Path) -> Result<Output, Error> {
        self.file(header)?;
        Ok(self.output)
    }

    fn file(&mut self, path: &Path) -> Result<(), Error> {
        // Every header says `#pragma once`.
        if self.seen.iter().any(|seen| seen == path) {
            return Ok(());
        }
        self.seen.push(path.to_owned());
        let at = |line, reason: String| Error { file: path.to_owned(), line, reason };
        let text = fs_err::read_to_string(path).map_err(|error| at(0, error.to_string()))?;
        let mut conditionals: Vec<Conditional> = Vec::new();
        for (number, line) in logical_lines(&without_comments(&text)) {
            let active = conditionals.last().is_none_or(|c| c.active);
            let Some(directive) = line.trim_start().strip_prefix('#') else {
                if active {
                    let found = tokens(&line).map_err(|reason| at(number, reason))?;
                    self.output.text.extend(found.into_iter().map(|token| Placed {
                        token,
                        file: path.to_owned(),
                        line: number,
                    }));
                }
                continue;
            };
            let directive = directive.trim();
            let (word, rest) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
            let rest = rest.trim();
            match word {
                "if" => {
                    let value = active && self.condition(rest).map_err(|reason| at(number, reason))?;
                    conditionals.push(Conditional { active: value, taken: value, outer: active });
                }
                "ifdef" | "ifndef" => {
                    let value = active && (self.macros.contains_key(rest) == (word == "ifdef"));
                    conditionals.push(Conditional { active: value, taken: value, outer: active });
                }
                "elif" | "else" => {
                    let mut open =
                        conditionals.pop().ok_or_else(|| at(number, format!("#{word} without #if")))?;
                    let value = open.outer
                        && !open.taken
                        && (word == "else" || self.condition(rest).map_err(|reason| at(number, reason))?);
                    open.active = value;
                    open.taken |= value;
                    conditionals.push(open);
                }
                "endif" => {
                    conditionals.pop().ok_or_else(|| at(number, "#endif without #if".to_owned()))?;
                }
                _ if !active => {}
                "include" => {
                    // A system header (<stddef.h>) is for the C compiler alone.
                    if let Some(name) = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                        self.file(&path.with_file_name("").join(name))?;
                    }
                }
                "define" => self.define(path, number, rest).map_err(|reason| at(number, reason))?,
                "undef" => {
                    self.macros.remove(rest);
                }
                "pragma" => {}
                _ => return Err(at(number, format!("#{word} is outside the dialect"))),
            }
        }
        if conditionals.is_empty() { Ok(()) } else { Err(at(0, "an #if is not closed".to_owned())) }
    }

    fn define(&mut self, path: &Path, line: usize, rest: &str) -> Result<(), String> {
        let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if name.contains('(') {
            return Err(format!("function-like macro {name} is outside the dialect"));
        }
        let value = tokens(value)?;
        self.macros.insert(name.to_owned(), value.clone());
        if !name.starts_with("MPI_STUB_") && !value.is_empty() {
            self.output.defines.push(Define { name: name.to_owned(), value, file: path.to_owned(), line });
        }
        Ok(())
    }

    fn condition(&self, text: &str) -> Result<bool, String> {
        let mut expression = Expression { tokens: &tokens(text)?, position: 0, macros: &self.macros };
        let value = expression.binary(0)?;
        match expression.tokens.get(expression.position) {
            None => Ok(value != 0),
            Some(token) => Err(format!("unexpected {token:?} in #if {text}")),
        }
    }
}

/// A precedence climber over the operators the dialect allows in `#if`.
struct Expression<'a> {
    tokens: &'a [Token],
    position: usize,
    macros: &'a HashMap<String, Vec<Token>>,
}

const OPERATORS: [(&str, u8); 8] =
    [("||", 1), ("&&", 2), ("==", 3), ("!=", 3), ("<", 4), ("<=", 4), (">", 4), (">=", 4)];

impl Expression<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.position).cloned();
        self.position += 1;
        token
    }

    fn binary(&mut self, least: u8) -> Result<i64, String> {
        let mut left = self.unary()?;
        while let Some(Token::Symbol(operator)) = self.tokens.get(self.position) {
            let Some(&(name, rank)) = OPERATORS.iter().find(|(name, rank)| name == operator && *rank > least)
            else {
                break;
            };
            self.position += 1;
            let right = self.binary(rank)?;
            left = i64::from(match name {
                "||" => left != 0 || right != 0,
                "&&" => left != 0 && right != 0,
                "==" => left == right,
                "!=" => left != right,
                "<" => left < right,
                "<=" => left <= right,
                ">" => left > right,
                _ => left >= right,
            });
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<i64, String> {
        match self.next() {
            Some(Token::Integer(value)) => Ok(value),
            Some(Token::Symbol(s)) if s == "!" => Ok(i64::from(self.unary()? == 0)),
            Some(Token::Symbol(s)) if s == "(" => {
                let value = self.binary(0)?;
                self.next();
                Ok(value)
            }
            Some(Token::Name(name)) if name == "defined" => {
                let parenthesis = self.tokens.get(self.position) == Some(&Token::Symbol("(".to_owned()));
                self.position += usize::from(parenthesis);
                let Some(Token::Name(name)) = self.next() else {
                    return Err("defined() wants a name".to_owned());
                };
                self.position += usize::from(parenthesis);
                Ok(i64::from(self.macros.contains_key(&name)))
            }
            // As in C, an unknown name is 0.
            Some(Token::Name(name)) => match self.macros.get(&name) {
                None => Ok(0),
                Some(value) => Expression { tokens: value, position: 0, macros: self.macros }.binary(0),
            },
            other => Err(format!("unexpected {other:?} in #if")),
        }
    }
}

/// `text` with every comment replaced by a space; line ends stay.
fn without_comments(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['/', '"']) {
        let (before, comment) = rest.split_at(start);
        clean.push_str(before);
        let end = if comment.starts_with("/*") {
            let end = comment.find("*/").map_or(comment.len(), |end| end + 2);
            clean.push(' ');
            clean.extend(comment[..end].chars().filter(|c| *c == '\n'));
            end
        } else if comment.starts_with("//") {
            comment.find('\n').unwrap_or(comment.len())
        } else {
            let string = comment.starts_with('"');
            let end = if string { comment[1..].find('"').map_or(comment.len(), |end| end + 2) } else { 1 };
            clean.push_str(&comment[..end]);
            end
        };
        rest = &comment[end..];
    }
    clean.push_str(rest);
    clean
}

/// Lines with their number, a trailing backslash joining one to the next.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut joined = false;
    for (index, line) in text.lines().enumerate() {
        let (content, continues) = line.strip_suffix('\\').map_or((line, false), |content| (content, true));
        match lines.last_mut() {
            Some((_, last)) if joined => last.push_str(content),
            _ => lines.push((index + 1, content.to_owned())),
        }
        joined = continues;
    }
    lines
}
