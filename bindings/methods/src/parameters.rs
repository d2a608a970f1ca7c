//! `#[pyo3(signature = (…), text_signature = "…")]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, Expr, Ident, LitStr, Token, parenthesized,
    parse::{Parse, ParseStream},
};

/// What `#[pyo3(…)]` says of a function.
#[derive(Default)]
pub struct Options {
    pub signature: Option<Signature>,
    pub text_signature: Option<LitStr>,
}

/// A list of parameters.
#[derive(Default)]
pub struct Signature {
    pub parameters: Vec<Parameter>,
    /// How many can be given by position only.
    pub positional_only: usize,
    /// Whether there is a `*` in it.
    pub has_star: bool,
}

pub struct Parameter {
    pub name: Ident,
    pub default: Option<Expr>,
}

impl Options {
    pub fn of(attributes: &[Attribute]) -> syn::Result<Self> {
        match attributes.iter().find(|attribute| attribute.path().is_ident("pyo3")) {
            Some(attribute) => attribute.parse_args(),
            None => Ok(Self::default()),
        }
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match name.to_string().as_str() {
                "signature" => options.signature = Some(input.parse()?),
                "text_signature" => options.text_signature = Some(input.parse()?),
                _ => return Err(syn::Error::new(name.span(), "unknown option")),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

impl Parse for Signature {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let list;
        parenthesized!(list in input);
        let mut signature = Self::default();
        while !list.is_empty() {
            if list.peek(Token![/]) {
                list.parse::<Token![/]>()?;
                signature.positional_only = signature.parameters.len();
            } else if list.peek(Token![*]) {
                signature.has_star = true;
                list.parse::<TokenStream>()?;
            } else {
                let name = list.parse()?;
                let default = if list.peek(Token![=]) {
                    list.parse::<Token![=]>()?;
                    Some(list.parse()?)
                } else {
                    None
                };
                signature.parameters.push(Parameter { name, default });
            }
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        Ok(signature)
    }
}

impl Signature {
    /// How many must be given.
    pub fn required(&self) -> usize {
        self.parameters.iter().take_while(|parameter| parameter.default.is_none()).count()
    }

    /// The names of the parameters, a comma after each.
    pub fn names(&self) -> String {
        let names: Vec<String> = self.parameters.iter().map(|parameter| parameter.name.to_string()).collect();
        if names.is_empty() { String::new() } else { names.join(",") + "," }
    }

    /// As `inspect` reads it, after `receiver`.
    pub fn shown(&self, receiver: Option<&str>) -> String {
        let mut parts: Vec<String> = receiver.map(str::to_owned).into_iter().collect();
        for (index, parameter) in self.parameters.iter().enumerate() {
            parts.push(match &parameter.default {
                None => parameter.name.to_string(),
                Some(default) => format!("{}={}", parameter.name, shown_default(default)),
            });
            if index + 1 == self.positional_only {
                parts.push("/".to_owned());
            }
        }
        format!("({})", parts.join(", "))
    }
}

/// A default as Python writes it; `...` for what has no such form.
fn shown_default(default: &Expr) -> String {
    let text = default.to_token_stream().to_string().replace(' ', "");
    match text.as_str() {
        "None" => text,
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        _ if text.trim_start_matches('-').chars().all(|c| c.is_ascii_digit()) => text,
        _ if text.starts_with('"') => text,
        _ => "...".to_owned(),
    }
}
