//! `#[methods]` and `#[function]`: methods and functions of Python, written as PyO3's are, that `mpi4py` enters by its
//! own table (`bindings/mpi4py/src/method`). Such a method is smaller than PyO3's, and faster.
//!
//! What a method is called, takes and says of itself is read here; how it is entered is said in Rust, in `method`:
//! what this crate writes is the macro `method::entry!` and the calls of a `Reader`.

mod function;
mod parameters;
mod types;

use proc_macro::TokenStream;
use proc_macro2::Span;
use quote::quote;
use syn::{ImplItem, ItemFn, ItemImpl, Type, parse_macro_input};

use function::{Function, Role};

/// The methods of a class, in place of `#[pymethods]`.
///
/// It takes `#[getter]`, `#[setter]`, `#[classmethod]` and `#[pyo3(signature = …, text_signature = …)]` as PyO3 does. Slots
/// (`__len__`), constructors, static methods and those with `*` in their signature are left to PyO3.
///
/// `#[light]` is for short methods: it leaves out that PyO3 is told that the GIL is held. No `Py` may be dropped in
/// such a method: see `method`.
#[proc_macro_attribute]
pub fn methods(_: TokenStream, block: TokenStream) -> TokenStream {
    let block = parse_macro_input!(block as ItemImpl);
    expand_block(block).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// A function of the module, in place of `#[pyfunction]`. It adds itself to the module.
#[proc_macro_attribute]
pub fn function(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemFn);
    expand_function(item).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn expand_block(mut block: ItemImpl) -> syn::Result<proc_macro2::TokenStream> {
    let class = (*block.self_ty).clone();
    let (mut ours, mut pyo3s) = (Vec::new(), Vec::new());
    let mut functions = Vec::new();
    for item in core::mem::take(&mut block.items) {
        match item {
            ImplItem::Fn(mut item) if !Function::is_for_pyo3(&item.attrs, &item.sig)? => {
                functions.push(Function::read(&mut item.attrs, &item.sig, Role::Method)?);
                ours.push(ImplItem::Fn(item));
            }
            item => pyo3s.push(item),
        }
    }
    let table = table(&class, &functions)?;
    let with = |items: Vec<ImplItem>| ItemImpl { items, ..block.clone() };
    let pyo3s = (!pyo3s.is_empty()).then(|| with(pyo3s)).map(|block| quote!(#[pyo3::pymethods] #block));
    let ours = with(ours);
    Ok(quote! { #ours #pyo3s #table })
}

/// What adds `functions` to `class`.
fn table(class: &Type, functions: &[Function]) -> syn::Result<proc_macro2::TokenStream> {
    if functions.is_empty() {
        return Err(syn::Error::new(Span::call_site(), "all of this is PyO3's: use #[pymethods]"));
    }
    let (mut methods, mut properties) = (Vec::new(), Vec::new());
    for function in functions {
        match function.role {
            Role::Function | Role::Method | Role::Class => methods.push(function.method(class)),
            Role::Getter => properties.push(function.property(class, functions)?),
            Role::Setter if functions.iter().any(|getter| getter.is_getter_of(function)) => {}
            Role::Setter => {
                return Err(syn::Error::new(
                    function.rust.span(),
                    "a setter stands in the block of its getter",
                ));
            }
        }
    }
    Ok(quote! {
        pyo3::inventory::submit! {
            {
                const METHODS: &[crate::method::Method] = &[#(#methods),*];
                const PROPERTIES: &[crate::method::Property] = &[#(#properties),*];
                crate::method::Table::of::<#class>(METHODS, PROPERTIES)
            }
        }
    })
}

fn expand_function(mut item: ItemFn) -> syn::Result<proc_macro2::TokenStream> {
    let module: Type = syn::parse_quote!(pyo3::types::PyModule);
    let function = Function::read(&mut item.attrs, &item.sig, Role::Function)?;
    let method = function.function(&module);
    Ok(quote! {
        #item
        pyo3::inventory::submit! {
            {
                const METHOD: &crate::method::Method = &#method;
                crate::method::Function(METHOD)
            }
        }
    })
}
