//! One method or function, as it is written.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Expr, FnArg, Meta, Pat, ReturnType, Signature as RustSignature, Type};

use crate::parameters::{Options, Parameter, Signature};
use crate::types;

/// What attributes make of a function; they are taken away.
const ROLES: [&str; 5] = ["getter", "setter", "classmethod", "light", "pyo3"];

/// What the object of a method or the class of a class method goes by.
const RECEIVERS: [&str; 3] = ["slf", "cls", "_cls"];

/// What a function is to its class.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// None: it is the module's.
    Function,
    Method,
    Class,
    Getter,
    Setter,
}

pub struct Function {
    /// Its name in Rust.
    pub rust: Ident,
    /// Its name in Python.
    name: String,
    pub role: Role,
    light: bool,
    docs: Vec<Expr>,
    inputs: Vec<Input>,
    signature: Signature,
    text_signature: Option<String>,
    output: ReturnType,
}

/// A parameter in Rust.
enum Input {
    /// `&self`.
    Contents,
    /// The object, or the class of a class method.
    Receiver,
    Py,
    Argument(Ident, Box<Type>),
}

impl Function {
    /// Whether PyO3 does better: slots, constructors, static methods, signatures with a `*`.
    pub fn is_for_pyo3(attributes: &[Attribute], signature: &RustSignature) -> syn::Result<bool> {
        let has = |name: &str| attributes.iter().any(|attribute| attribute.path().is_ident(name));
        let is_slot = signature.ident.to_string().starts_with("__");
        let has_star = Options::of(attributes)?.signature.is_some_and(|signature| signature.has_star);
        Ok(is_slot || has("new") || has("staticmethod") || has_star)
    }

    /// Reads a function and takes away the attributes that are for us, which say its role, or else it is `otherwise`.
    pub fn read(attributes: &mut Vec<Attribute>, rust: &RustSignature, otherwise: Role) -> syn::Result<Self> {
        let options = Options::of(attributes)?;
        let has = |name: &str| attributes.iter().any(|attribute| attribute.path().is_ident(name));
        let role = match () {
            () if has("getter") => Role::Getter,
            () if has("setter") => Role::Setter,
            () if has("classmethod") => Role::Class,
            () => otherwise,
        };
        let light = has("light");
        let plain = rust.ident.to_string();
        let name = match role {
            Role::Getter => renamed(attributes, "getter")?.unwrap_or_else(|| without(&plain, "get_")),
            Role::Setter => renamed(attributes, "setter")?.unwrap_or_else(|| without(&plain, "set_")),
            Role::Function | Role::Method | Role::Class => plain,
        };
        let inputs = rust.inputs.iter().map(Input::read).collect::<syn::Result<Vec<_>>>()?;
        let signature = options.signature.unwrap_or_else(|| Signature::of(&inputs));
        let docs = docs(attributes);
        attributes.retain(|attribute| !ROLES.iter().any(|role| attribute.path().is_ident(role)));
        Ok(Self {
            rust: rust.ident.clone(),
            name,
            role,
            light,
            docs,
            inputs,
            signature,
            text_signature: options.text_signature.map(|text| text.value()),
            output: rust.output.clone(),
        })
    }

    pub fn is_getter_of(&self, setter: &Self) -> bool {
        self.role == Role::Getter && self.name == setter.name
    }

    /// The method of `class`, as `method::Method`.
    pub fn method(&self, class: &Type) -> TokenStream {
        let (receiver, finish) = match self.role {
            Role::Class => (quote!(pyo3::types::PyType), quote!(.of_class())),
            _ => (quote!(#class), quote!()),
        };
        let rust = &self.rust;
        let entry = self.entry(
            class,
            &receiver,
            &quote!(concat!(stringify!(#class), ".", stringify!(#rust))),
            &quote!(#class::#rust),
        );
        quote!(#entry #finish)
    }

    /// The function of the module, as `method::Method`.
    pub fn function(&self, module: &Type) -> TokenStream {
        let rust = &self.rust;
        self.entry(module, &quote!(#module), &quote!(stringify!(#rust)), &quote!(#rust))
    }

    /// The property that this getter is for, with its setter if `all` have one, as `method::Property`.
    pub fn property(&self, class: &Type, all: &[Self]) -> syn::Result<TokenStream> {
        let (name, docs, mode) = (&self.name, self.docs(), self.mode());
        let rust = &self.rust;
        let get = self.body(class, &quote!(#class::#rust));
        let setter = all.iter().find(|setter| setter.role == Role::Setter && self.is_getter_of(setter));
        let set = setter.map(|setter| setter.assignment(class)).transpose()?;
        Ok(quote! {
            crate::method::property!(#mode #class, #name, [#docs]; |py, this| #get #set)
        })
    }

    /// What a setter does with the `value`.
    fn assignment(&self, class: &Type) -> syn::Result<TokenStream> {
        let rust = &self.rust;
        let value = self.inputs.iter().any(|input| matches!(input, Input::Argument(..)));
        if !value {
            return Err(syn::Error::new(self.rust.span(), "a setter takes a value"));
        }
        let (taken, call) = self.call(class, &quote!(#class::#rust));
        let fallible = matches!(self.output, ReturnType::Type(..)).then(|| quote!(?));
        Ok(quote!(, set |py, this, reader| { #taken #call #fallible; Ok(()) }))
    }

    fn mode(&self) -> Ident {
        Ident::new(if self.light { "light" } else { "counted" }, Span::call_site())
    }

    /// The docstring's lines, as arguments of `concat!`.
    fn docs(&self) -> TokenStream {
        let docs = &self.docs;
        quote!(#(#docs, "\n"),*)
    }

    fn entry(
        &self,
        class: &Type,
        receiver: &TokenStream,
        title: &TokenStream,
        path: &TokenStream,
    ) -> TokenStream {
        let (name, docs, mode) = (&self.name, self.docs(), self.mode());
        let first = match self.role {
            Role::Function => None,
            Role::Class => Some("$cls"),
            _ => Some("$self"),
        };
        let shown = self.text_signature.clone().unwrap_or_else(|| self.signature.shown(first));
        let body = self.body(class, path);
        let names = self.signature.names();
        if names.is_empty() {
            return quote! {
                crate::method::entry!(alone #mode #receiver, #name, #shown, [#docs]; |py, this| #body)
            };
        }
        let (only, required) = (self.signature.positional_only as u8, self.signature.required() as u8);
        quote! {
            crate::method::entry!(
                #mode #receiver, #title, #name, #shown, [#docs], #names, #only, #required;
                |py, this, reader| #body
            )
        }
    }

    /// What takes the arguments, calls `path`, and makes an object of the result.
    fn body(&self, class: &Type, path: &TokenStream) -> TokenStream {
        let (taken, call) = self.call(class, path);
        let result = types::result(&call, &self.output);
        quote!({ #taken #result })
    }

    fn call(&self, class: &Type, path: &TokenStream) -> (TokenStream, TokenStream) {
        let (mut taken, mut passed) = (Vec::new(), Vec::new());
        for input in &self.inputs {
            match input {
                Input::Contents => passed.push(quote!(this.get())),
                Input::Receiver => passed.push(quote!(this)),
                Input::Py => passed.push(quote!(py)),
                Input::Argument(name, of) => {
                    let argument = types::argument(name, of, self.default(name), class);
                    taken.push(argument.taken);
                    passed.push(argument.passed);
                }
            }
        }
        (quote!(#(#taken)*), quote!(#path(#(#passed),*)))
    }

    fn default(&self, name: &Ident) -> Option<&Expr> {
        self.signature.parameters.iter().find(|parameter| parameter.name == *name)?.default.as_ref()
    }
}

impl Input {
    fn read(input: &FnArg) -> syn::Result<Self> {
        let FnArg::Typed(typed) = input else { return Ok(Self::Contents) };
        let Pat::Ident(pattern) = &*typed.pat else {
            return Err(syn::Error::new(Span::call_site(), "a parameter has a name"));
        };
        let is_python = matches!(&*typed.ty, Type::Path(path)
            if path.path.segments.last().is_some_and(|segment| segment.ident == "Python"));
        let name = &pattern.ident;
        Ok(if is_python {
            Self::Py
        } else if RECEIVERS.iter().any(|receiver| name == receiver) {
            Self::Receiver
        } else {
            Self::Argument(name.clone(), typed.ty.clone())
        })
    }
}

impl Signature {
    /// Every argument, and none with a default.
    fn of(inputs: &[Input]) -> Self {
        let parameters = inputs.iter().filter_map(|input| match input {
            Input::Argument(name, _) => Some(Parameter { name: name.clone(), default: None }),
            _ => None,
        });
        Self { parameters: parameters.collect(), ..Self::default() }
    }
}

/// `name` of `#[getter(name)]`.
fn renamed(attributes: &[Attribute], role: &str) -> syn::Result<Option<String>> {
    match attributes.iter().find(|attribute| attribute.path().is_ident(role)).map(|found| &found.meta) {
        Some(Meta::List(list)) => list.parse_args::<Ident>().map(|name| Some(name.to_string())),
        _ => Ok(None),
    }
}

fn without(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}

/// The lines of a docstring.
fn docs(attributes: &[Attribute]) -> Vec<Expr> {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    lines
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => Some(pair.value.clone()),
            _ => None,
        })
        .collect()
}
