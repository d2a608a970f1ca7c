//! Reading a table of 64-bit values out of an object file.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};

/// The name of the table in the C text.
pub const TABLE: &str = "mpi_stub_table";

/// One value of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A number.
    Number(u64),
    /// The address of a symbol that the linker fills in.
    Address(String),
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) if value.cast_signed() < 0 => write!(f, "{}", value.cast_signed()),
            Self::Number(value) if *value > 0xffff => write!(f, "{value:#x}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Address(symbol) => write!(f, "&{symbol}"),
        }
    }
}

/// The `count` values of the table in this ELF, Mach-O or COFF object.
///
/// # Errors
/// When there is no such table.
pub fn read(object: &[u8], count: usize) -> Result<Vec<Entry>> {
    let file = object::File::parse(object).context("the compiler's object file")?;
    let table = file.symbols().find(|symbol| symbol.name().is_ok_and(|name| bare(&file, name) == TABLE));
    let table = table.with_context(|| format!("the object file has no {TABLE}"))?;
    let section = file.section_by_index(table.section_index().context("the table is in no section")?)?;
    let start = table.address() - section.address();
    let Some(data) = section.data_range(table.address(), 8 * count as u64)? else {
        bail!("the table is cut short");
    };
    let mut symbols = BTreeMap::new();
    for (offset, relocation) in section.relocations() {
        if let RelocationTarget::Symbol(index) = relocation.target() {
            symbols.insert(offset, bare(&file, file.symbol_by_index(index)?.name()?).to_owned());
        }
    }
    let entries = data.chunks_exact(8).zip((start..).step_by(8)).map(|(bytes, offset)| {
        let number = u64::from_le_bytes(bytes.try_into().expect("the chunks are of eight bytes"));
        symbols.get(&offset).map_or(Entry::Number(number), |symbol| Entry::Address(symbol.clone()))
    });
    Ok(entries.collect())
}

/// A symbol's name as C has it: Mach-O puts an underscore before it.
pub fn bare<'a>(file: &object::File<'_>, name: &'a str) -> &'a str {
    match file.format() {
        object::BinaryFormat::MachO => name.strip_prefix('_').unwrap_or(name),
        _ => name,
    }
}
