//! How an argument of a type is read, and a result given.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, GenericArgument, PathArguments, PathSegment, ReturnType, Type};

/// `tokens`, with the class in place of `Self`, and no named lifetime.
pub fn named(tokens: TokenStream, class: &Type) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|tree| match tree {
            TokenTree::Ident(ident) if ident == "Self" => class.to_token_stream(),
            TokenTree::Ident(ident) if ident == "py" => Ident::new("_", ident.span()).into_token_stream(),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), named(group.stream(), class));
                inner.set_span(group.span());
                TokenTree::Group(inner).into_token_stream()
            }
            other => other.into_token_stream(),
        })
        .collect()
}

fn last_segment(of: &Type) -> Option<&PathSegment> {
    match of {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// `T` of `Name<…, T>`.
fn argument_of<'a>(of: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(of).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().rev().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

/// `T` of `&Bound<'_, T>`.
fn bound(of: &Type) -> Option<&Type> {
    match of {
        Type::Reference(reference) => argument_of(&reference.elem, "Bound"),
        _ => None,
    }
}

fn is_any(of: &Type) -> bool {
    last_segment(of).is_some_and(|segment| segment.ident == "PyAny")
}

/// An argument: what takes it from the reader, and what goes to the function.
pub struct Argument {
    pub taken: TokenStream,
    pub passed: TokenStream,
}

/// How the reader gives `name`, of type `of`.
pub fn argument(name: &Ident, of: &Type, default: Option<&Expr>, class: &Type) -> Argument {
    let typed = |of: &Type| named(of.to_token_stream(), class);
    let (taken, passed) = if let Some(inner) = bound(of) {
        let taken = if is_any(inner) {
            quote!(reader.any()?)
        } else {
            let inner = typed(inner);
            quote!(reader.object::<#inner>()?)
        };
        (taken, quote!(&#name))
    } else if let Some(inner) = argument_of(of, "Option").and_then(bound) {
        let taken = if is_any(inner) {
            quote!(reader.maybe()?)
        } else {
            let inner = typed(inner);
            quote!(reader.instance::<#inner>()?)
        };
        (taken, quote!(#name.as_deref()))
    } else if last_segment(of).is_some_and(|segment| segment.ident == "c_int") {
        let taken = default.map_or_else(|| quote!(reader.int()?), |default| quote!(reader.int_or(#default)?));
        (taken, quote!(#name))
    } else {
        let of = typed(of);
        let taken = if let Some(default) = default {
            quote!(reader.value_or::<#of>(|| #default)?)
        } else {
            quote!(reader.value::<#of>()?)
        };
        (taken, quote!(#name))
    };
    Argument { taken: quote!(let #name = #taken;), passed }
}

/// What makes the object that Python gets of `call`.
pub fn result(call: &TokenStream, output: &ReturnType) -> TokenStream {
    let ReturnType::Type(_, output) = output else {
        return quote!({ #call; crate::method::nothing(py) });
    };
    let is_unit = |of: &Type| matches!(of, Type::Tuple(tuple) if tuple.elems.is_empty());
    match argument_of(output, "PyResult") {
        Some(inner) if is_unit(inner) => quote!({ #call?; crate::method::nothing(py) }),
        Some(_) => quote!(crate::method::answer(py, #call?)),
        None => quote!(crate::method::answer(py, #call)),
    }
}
