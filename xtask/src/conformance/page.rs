//! `report.html`: one file, without anything from elsewhere.

use std::fmt::Write as _;

use super::finding::gist;
use super::report::{CellReport, FileReport, HEADING, Report};
use crate::test::record::Outcome;

const STYLE: &str = include_str!("page.css");
/// How many lines of what a test said are shown: its last.
const LINES: usize = 16;
/// The columns of numbers that are good only when they are 0.
const ILL: [usize; 4] = [3, 4, 6, 12];
/// The first column of the released package's.
const RELEASED: usize = 8;

/// The page.
pub fn of(report: &Report) -> String {
    let title = format!("Conformance: the tests of {}", report.suite);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p>A test passes when it passes on every rank. “Lost” are tests that were not reached because their job \
         ended before; “behind” are tests that the released package passes in the same cell and ours does not.</p>\n"
    );
    page.push_str(&table(report.cells.iter().map(CellReport::row)));
    for cell in &report.cells {
        let _ = write!(
            page,
            "<h2>{}</h2>\n{}",
            escaped(&cell.title),
            table(cell.files.iter().map(FileReport::row))
        );
        for file in &cell.files {
            page.push_str(&failures(file));
        }
    }
    page.push_str(&not_counted(report));
    page.push_str("</body>\n</html>\n");
    page
}

fn table(rows: impl Iterator<Item = [String; 13]>) -> String {
    let begins = |column: usize| if column == RELEASED { " class=\"first\"" } else { "" };
    let mut text = "<div class=\"scroll\"><table>\n<thead><tr>".to_owned();
    for (column, name) in HEADING.iter().enumerate() {
        let _ = write!(text, "<th{}>{name}</th>", begins(column));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let ill = |column: usize| ILL.contains(&column) && !matches!(row[column].as_str(), "0" | "-");
        let state = if (0..row.len()).any(ill) { "bad" } else { "good" };
        let _ = write!(text, "<tr class=\"{state}\">");
        for (column, cell) in row.iter().enumerate() {
            let mut classes = Vec::new();
            classes.extend(ill(column).then_some("bad"));
            classes.extend((column > 0 && cell == "0" || cell == "-").then_some("none"));
            classes.extend((column == RELEASED).then_some("first"));
            match classes.join(" ") {
                none if none.is_empty() => write!(text, "<td>{}</td>", escaped(cell)),
                classes => write!(text, "<td class=\"{classes}\">{}</td>", escaped(cell)),
            }
            .expect("writing to a string does not fail");
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table></div>\n");
    text
}

/// What failed in a file, folded away.
fn failures(file: &FileReport) -> String {
    let mut text = String::new();
    for test in file.ours.failures() {
        let lines: Vec<_> = test.message.trim_end().lines().collect();
        let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
        let _ = writeln!(
            text,
            "<details><summary>{} <span class=\"mark\">{}{}</span></summary><pre>{}</pre></details>",
            escaped(&test.name),
            escaped(gist(&test.message)),
            mark(file.released.as_ref().and_then(|released| released.outcome(&test.name))),
            escaped(&last)
        );
    }
    text
}

/// How the released package did.
fn mark(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Failed | Outcome::Errored) => " · the released package fails too",
        Some(Outcome::Skipped) => " · the released package skips it",
        Some(Outcome::Lost) => " · not reached with the released package",
        _ => "",
    }
}

fn not_counted(report: &Report) -> String {
    let private = report.private();
    if private.is_empty() {
        return String::new();
    }
    let mut text = "<h2>Not counted</h2>\n<ul>\n".to_owned();
    for (test, reason) in private {
        let _ = writeln!(text, "<li>{}: {}</li>", escaped(test), escaped(reason));
    }
    text.push_str("</ul>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::cell;
    use super::*;

    #[test]
    fn the_page_holds_every_cell_and_what_failed_in_it() {
        let page = of(&Report { suite: "mpi4py 1".to_owned(), cells: vec![cell()] });
        assert!(page.contains("<h2>mpich-1-cp311, 2 ranks</h2>"));
        assert!(page.contains("<summary>t.b <span class=\"mark\">rank 0: why &lt;&amp;&gt;</span>"));
        assert!(page.contains("<li>t.e: "));
        assert_eq!(page.matches("<tr class=\"bad\">").count(), 2);
        assert!(!page.contains("://"), "nothing is fetched");
    }
}
