//! Tables for people: columns as wide as their widest cell, numbers to the right.

use std::fmt::{self, Write as _};

/// Rows under a heading.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new<const N: usize>(heading: [&str; N]) -> Self {
        Self { rows: vec![heading.map(str::to_owned).to_vec()] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.rows[0].len(), "a row has the heading's columns");
        self.rows.push(cells.into());
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    }

    /// Whether all cells below the heading begin like numbers, or stand for none.
    fn is_numeric(&self, column: usize) -> bool {
        let number = |cell: &String| {
            cell == "-" || cell.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit())
        };
        self.rows.len() > 1 && self.rows[1..].iter().all(|row| number(&row[column]))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> =
            (0..self.rows[0].len()).map(|column| (self.width(column), self.is_numeric(column))).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, (width, numeric)) in row.iter().zip(&columns) {
                match numeric {
                    true => write!(line, "{cell:>width$}  ")?,
                    false => write!(line, "{cell:<width$}  ")?,
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right() {
        let mut table = Table::new(["what", "count"]);
        table.row(["long name".to_owned(), "7".to_owned()]);
        table.row(["short".to_owned(), "1234567".to_owned()]);
        table.row(["none".to_owned(), "-".to_owned()]);
        table.row(["less".to_owned(), "-2.5".to_owned()]);
        assert_eq!(
            table.to_string(),
            "what         count\nlong name        7\nshort      1234567\nnone             -\nless          -2.5\n"
        );
    }
}
