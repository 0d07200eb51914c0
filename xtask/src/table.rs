//! Tables for people: the first column to the left, numbers to the right.

/// Prints it under its head.
pub(crate) fn print<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    eprint!("\n{}", text(head, rows));
}

fn text<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(String::from);
    let all = || core::iter::once(&head).chain(rows);
    let widths: [usize; N] = core::array::from_fn(|column| {
        all()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    });
    let mut text = String::new();
    for row in all() {
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            match column {
                0 => text.push_str(&format!("{cell:<width$}")),
                _ => text.push_str(&format!("  {cell:>width$}")),
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_heads() {
        let rows = [["frame", "1000000"], ["line", "7"]].map(|row| row.map(String::from));
        assert_eq!(
            text(["target", "runs"], &rows),
            "target     runs\nframe   1000000\nline          7\n"
        );
    }
}
