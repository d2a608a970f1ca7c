//! Typedefs, callbacks, prototypes and the values of constants.

use std::collections::HashMap;

use crate::lexer::Token;
use crate::model::{CType, Callback, Constant, Error, Function, Model, Parameter, Typedef, Value};
use crate::preprocessor::{Define, Placed};

/// Parses the declarations in `text` and evaluates `defines`.
pub(crate) fn parse(text: &[Placed], defines: Vec<Define>) -> Result<Model, Error> {
    let mut model = Model::default();
    for statement in statements(text) {
        let place = &statement[0];
        let tokens: Vec<Token> = statement.iter().map(|placed| placed.token.clone()).collect();
        Cursor { tokens: &tokens, position: 0 }.declaration(&mut model).map_err(|reason| Error {
            file: place.file.clone(),
            line: place.line,
            reason,
        })?;
    }
    let mut known: HashMap<String, Constant> =
        model.constants.iter().map(|constant| (constant.name.clone(), constant.clone())).collect();
    for Define { name, value, file, line } in defines {
        let parsed = Cursor { tokens: &value, position: 0 }.value(&known);
        let (ctype, value) =
            parsed.map_err(|reason| Error { file, line, reason: format!("{name}: {reason}") })?;
        let constant = Constant { name: name.clone(), ctype, value };
        // A later definition (after #undef) replaces the earlier one.
        model.constants.retain(|earlier| earlier.name != name);
        model.constants.push(constant.clone());
        known.insert(name, constant);
    }
    Ok(model)
}

/// Splits at the semicolons outside braces.
fn statements(text: &[Placed]) -> Vec<&[Placed]> {
    let mut found = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (index, placed) in text.iter().enumerate() {
        if placed.token.is("{") {
            depth += 1;
        } else if placed.token.is("}") {
            depth -= 1;
        } else if placed.token.is(";") && depth == 0 {
            if index > start {
                found.push(&text[start..index]);
            }
            start = index + 1;
        }
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}

struct Cursor<'a> {
    tokens: &'a [Token],
    position: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position)
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(symbol));
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.accept(symbol) {
            Ok(())
        } else {
            Err(format!("expected {symbol:?}, found {:?}", self.peek()))
        }
    }

    fn accept_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(n)) if n == name);
        self.position += usize::from(found);
        found
    }

    fn name(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.position += 1;
                Ok(name)
            }
            other => Err(format!("expected a name, found {other:?}")),
        }
    }

    fn declaration(&mut self, model: &mut Model) -> Result<(), String> {
        if self.accept_name("typedef") {
            return self.typedef(model);
        }
        if self.accept_name("extern") {
            return self.variable(model);
        }
        if self.accept_name("struct") {
            self.name()?; // a forward declaration
            return Ok(());
        }
        let result = self.ctype()?;
        let name = self.name()?;
        let parameters = self.parameters()?;
        model.functions.push(Function { name, result, parameters });
        Ok(())
    }

    fn typedef(&mut self, model: &mut Model) -> Result<(), String> {
        let ctype = self.ctype()?;
        if self.accept("{") {
            while !self.accept("}") {
                let field = self.parameter()?;
                model.status.push(field);
                self.expect(";")?;
            }
            return match self.name()?.as_str() {
                "MPI_Status" => Ok(()),
                other => Err(format!("the only struct of the dialect is MPI_Status, not {other}")),
            };
        }
        if self.accept("(") {
            let name = self.name()?;
            self.expect(")")?;
            let parameters = self.parameters()?;
            model.callbacks.push(Callback { name, result: ctype, parameters });
        } else {
            let name = self.name()?;
            model.typedefs.push(Typedef { name, ctype });
        }
        Ok(())
    }

    /// `extern struct tag name` is only there to have its address taken; `extern int *const MPI_X` is a
    /// constant that the library holds.
    fn variable(&mut self, model: &mut Model) -> Result<(), String> {
        let ctype = self.ctype()?;
        let name = self.name()?;
        if ctype.pointers > 0 && name.starts_with("MPI_") {
            model.constants.push(Constant { name: name.clone(), ctype, value: Value::Variable(name) });
        }
        Ok(())
    }

    fn parameters(&mut self) -> Result<Vec<Parameter>, String> {
        self.expect("(")?;
        let mut parameters = Vec::new();
        if self.accept_name("void") {
            if self.accept(")") {
                return Ok(parameters);
            }
            self.position -= 1;
        }
        loop {
            parameters.push(self.parameter()?);
            if self.accept(")") {
                return Ok(parameters);
            }
            self.expect(",")?;
        }
    }

    fn parameter(&mut self) -> Result<Parameter, String> {
        if self.accept(".") {
            self.expect(".")?;
            self.expect(".")?;
            let ctype = CType { base: "...".to_owned(), constant: false, pointers: 0, inner_array: None };
            return Ok(Parameter { name: "variadic".to_owned(), ctype });
        }
        let mut ctype = self.ctype()?;
        let name = self.name()?;
        while self.accept("[") {
            match self.peek() {
                Some(Token::Integer(length)) => {
                    ctype.inner_array = usize::try_from(*length).ok();
                    self.position += 1;
                }
                _ => ctype.pointers += 1,
            }
            self.expect("]")?;
        }
        Ok(Parameter { name, ctype })
    }

    fn ctype(&mut self) -> Result<CType, String> {
        let mut constant = self.accept_name("const");
        let mut base = self.name()?;
        if base == "struct" {
            // The tag may be missing before a brace.
            base = self.name().map_or_else(|_| "struct".to_owned(), |tag| format!("struct {tag}"));
        }
        for word in ["long", "int", "char", "short"] {
            if matches!(base.as_str(), "long" | "unsigned" | "signed" | "unsigned long")
                && self.accept_name(word)
            {
                base = format!("{base} {word}");
            }
        }
        constant |= self.accept_name("const");
        let mut pointers = 0;
        while self.accept("*") {
            pointers += 1;
            self.accept_name("const");
        }
        Ok(CType { base, constant, pointers, inner_array: None })
    }

    /// A constant's value: `INTEGER`, `"text"`, `NAME`, `((TYPE)INTEGER)`, `((TYPE)&variable)`, `((TYPE)function)`.
    fn value(&mut self, known: &HashMap<String, Constant>) -> Result<(CType, Value), String> {
        let int = CType { base: "int".to_owned(), constant: false, pointers: 0, inner_array: None };
        if self.accept("(") {
            // Either a cast or a parenthesised value; a cast is followed by another value.
            let start = self.position;
            if let (Ok(ctype), true) = (self.ctype(), self.accept(")"))
                && self.peek().is_some_and(|token| !token.is(")"))
            {
                let (_, value) = self.value(known)?;
                return Ok((ctype, value));
            }
            self.position = start;
            let value = self.value(known)?;
            self.expect(")")?;
            return Ok(value);
        }
        if self.accept("-") {
            return match self.value(known)? {
                (ctype, Value::Integer(value)) => Ok((ctype, Value::Integer(-value))),
                (_, other) => Err(format!("cannot negate {other:?}")),
            };
        }
        if self.accept("&") {
            return Ok((int, Value::Address(self.name()?)));
        }
        let token = self.peek().cloned();
        self.position += 1;
        match token {
            Some(Token::Integer(value)) => Ok((int, Value::Integer(value))),
            Some(Token::Text(text)) => {
                Ok((CType { base: "char".to_owned(), constant: true, pointers: 1, ..int }, Value::Text(text)))
            }
            Some(Token::Name(name)) => Ok(known.get(&name).map_or((int, Value::Address(name)), |constant| {
                (constant.ctype.clone(), constant.value.clone())
            })),
            other => Err(format!("unexpected {other:?}")),
        }
    }
}
