//! Lines of which one byte was lost, added or altered on the way: a serial line has no checksums.

/// What a line has left behind `head` if one byte of that was lost, added or altered, in this order.
pub(crate) fn behind_damaged<'l>(line: &'l [u8], head: &[u8]) -> [Option<&'l [u8]>; 3] {
    let same = line.iter().zip(head).take_while(|(found, meant)| found == meant);
    let same = same.count();
    let line = line.get(same..).unwrap_or_default();
    let head = head.get(same..).unwrap_or_default();
    let (next_in_line, next_in_head) = (line.get(1..), head.get(1..));
    [
        next_in_head.and_then(|head| line.strip_prefix(head)),
        next_in_line.and_then(|line| line.strip_prefix(head)),
        next_in_line.and_then(|line| line.strip_prefix(next_in_head?)),
    ]
}
