//! Tables of text: columns as wide as their widest cell, numbers at the right.

use std::fmt;

/// A table that prints itself.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with nothing but its headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![headings.iter().map(ToString::to_string).collect()],
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    /// Whether every cell below the heading is a number, or nothing.
    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().skip(1).filter_map(|row| row.get(column));
        cells.all(|cell| cell == "-" || cell.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let layout: Vec<(usize, bool)> = (0..columns)
            .map(|column| (self.width(column), self.is_numeric(column)))
            .collect();
        for (index, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&layout).map(|(cell, (width, numeric))| {
                if *numeric {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_numbers_stand_right() {
        let mut table = Table::new(&["NAME", "SETS", "STATE"]);
        table.row(["Übermut".to_owned(), "7".to_owned(), "ok".to_owned()]);
        table.row(["B".to_owned(), "-".to_owned(), String::new()]);
        table.row(["C".to_owned(), "12345".to_owned(), "failed".to_owned()]);
        let expected = "NAME      SETS  STATE\n\
                        Übermut      7  ok\n\
                        B            -\n\
                        C        12345  failed";
        assert_eq!(table.to_string(), expected);
    }
}
