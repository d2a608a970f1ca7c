//! The parameters of a method, and which argument is for which.

use core::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::impl_::extract_argument::{FunctionDescription, NoVarargs, NoVarkeywords};
use pyo3::prelude::*;

use super::Raised;
use super::entry::Passed;
use super::reader::MOST;

/// The arguments of a call, in the order of the parameters.
pub(super) type Sorted<'a, 'py> = [Option<Borrowed<'a, 'py, PyAny>>; MOST];

/// The name of a parameter as the interpreter keeps it: there is one object for equal names in the source of programs,
/// so that comparing addresses is enough.
pub(crate) struct Interned(AtomicPtr<ffi::PyObject>);

impl Interned {
    pub const fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }
}

/// What a method takes. There are hundreds, so names are in one text, which costs no address to relocate.
pub(crate) struct Description {
    /// `Class.method`.
    title: &'static str,
    /// The names of the parameters, a comma after each.
    names: &'static str,
    interned: &'static [Interned],
    positional_only: u8,
    required: u8,
}

impl Description {
    pub const fn new(
        title: &'static str,
        names: &'static str,
        interned: &'static [Interned],
        positional_only: u8,
        required: u8,
    ) -> Self {
        assert!(interned.len() <= MOST, "MOST is too small");
        Self { title, names, interned, positional_only, required }
    }

    /// How many names there are in `names`, which has a comma after each.
    pub const fn count(names: &str) -> usize {
        let (names, mut at, mut count) = (names.as_bytes(), 0, 0);
        while at < names.len() {
            count += (names[at] == b',') as usize;
            at += 1;
        }
        count
    }

    /// The name of the parameter at `place`.
    pub fn name(&self, place: usize) -> &'static str {
        self.names.split_terminator(',').nth(place).unwrap_or_default()
    }

    /// Whether so many arguments by position are enough, and not too many.
    #[inline(always)]
    pub fn takes(&self, count: usize) -> bool {
        (usize::from(self.required)..=self.interned.len()).contains(&count)
    }

    /// Puts the arguments into the order of the parameters. False when they do not fit, or when a keyword is none of
    /// the interpreter's own strings.
    ///
    /// # Safety
    /// `passed` is what Python passes.
    pub unsafe fn sort(&self, py: Python<'_>, passed: Passed, sorted: &mut Sorted<'_, '_>) -> bool {
        let (args, nargs) = (passed.args.cast::<Option<Borrowed<'_, '_, PyAny>>>(), passed.nargs as usize);
        if nargs > self.interned.len() || passed.kwnames.is_null() {
            return false;
        }
        let first = nargs.max(self.positional_only.into());
        // SAFETY: there are `nargs` arguments by position, and behind them one for each of the names, a tuple's.
        unsafe {
            for (place, slot) in sorted.iter_mut().enumerate().take(nargs) {
                *slot = *args.add(place);
            }
            for index in 0..ffi::PyTuple_Size(passed.kwnames) {
                let keyword = ffi::PyTuple_GetItem(passed.kwnames, index);
                let Some(place) = self.place(py, keyword, first) else { return false };
                sorted[place] = *args.add(nargs + index as usize);
            }
        }
        sorted[..self.required.into()].iter().all(Option::is_some)
    }

    /// What [`Self::sort`] does, by PyO3, which takes other strings as well and says what is wrong.
    ///
    /// # Safety
    /// As for `sort`.
    #[cold]
    pub unsafe fn sort_or_explain<'py>(
        &self,
        py: Python<'py>,
        passed: Passed,
        sorted: &mut Sorted<'py, 'py>,
    ) -> Result<(), Raised> {
        let names: Vec<&'static str> = self.names.split_terminator(',').collect();
        let (class, function) = match self.title.split_once('.') {
            Some((class, function)) => (Some(class), function),
            None => (None, self.title),
        };
        let (slots, rest) = sorted.split_at_mut(names.len());
        slots.fill(None);
        rest.fill(None);
        let Passed { args, nargs, kwnames, .. } = passed;
        // SAFETY: the description is used in the call alone, and the list of names lives on. There is a slot for each.
        unsafe {
            let names = core::slice::from_raw_parts(names.as_ptr(), names.len());
            let known = FunctionDescription::new(
                class,
                function,
                names,
                self.positional_only.into(),
                self.required.into(),
                &[],
            );
            known.extract_arguments_fastcall::<NoVarargs, NoVarkeywords>(py, args, nargs, kwnames, slots)?;
        }
        Ok(())
    }

    /// Which parameter, from `first` on, is called `keyword`.
    fn place(&self, py: Python<'_>, keyword: *mut ffi::PyObject, first: usize) -> Option<usize> {
        (first..self.interned.len()).find(|place| self.interned(py, *place) == keyword)
    }

    fn interned(&self, py: Python<'_>, place: usize) -> *mut ffi::PyObject {
        let name = self.interned[place].0.load(Ordering::Relaxed);
        if name.is_null() { self.intern(py, place) } else { name }
    }

    #[cold]
    #[inline(never)]
    fn intern(&self, py: Python<'_>, place: usize) -> *mut ffi::PyObject {
        // Kept for ever, as the methods are.
        let name = pyo3::types::PyString::intern(py, self.name(place)).into_ptr();
        self.interned[place].0.store(name, Ordering::Relaxed);
        name
    }
}

/// Writes a static [`Description`]: `Class.method`, the names of the parameters, how many are by position only, and how
/// many must be given.
macro_rules! description {
    ($name:ident = $title:expr, $names:expr, $only:expr, $required:expr) => {
        static $name: $crate::method::Description = {
            const COUNT: usize = $crate::method::Description::count($names);
            static INTERNED: [$crate::method::Interned; COUNT] =
                [const { $crate::method::Interned::new() }; COUNT];
            $crate::method::Description::new($title, $names, &INTERNED, $only, $required)
        };
    };
}
pub(crate) use description;
