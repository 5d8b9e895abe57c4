//! Patterns over ids: `*` within a part, `**` over any number of parts, `?` for one character.

/// Whether an id, whose parts are split by `/`, is matched by the pattern as a whole.
#[must_use]
pub fn matches(pattern: &str, id: &str) -> bool {
    let parts: Vec<&str> = id.split('/').collect();
    // `reached[i]`: the patterns so far can match the first `i` parts.
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    for piece in pattern.split('/') {
        reached = after(piece, &parts, &reached);
    }
    reached[parts.len()]
}

/// Whether the text is a pattern and not an id.
#[must_use]
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn after(piece: &str, parts: &[&str], before: &[bool]) -> Vec<bool> {
    let mut reached = vec![false; before.len()];
    if piece == "**" {
        let mut any = false;
        for (reached, before) in reached.iter_mut().zip(before) {
            any |= before;
            *reached = any;
        }
        return reached;
    }
    for (index, part) in parts.iter().enumerate() {
        reached[index + 1] = before[index] && part_matches(piece, part);
    }
    reached
}

/// The same table one level down, over characters: no pattern makes it slow.
fn part_matches(piece: &str, part: &str) -> bool {
    let letters: Vec<char> = part.chars().collect();
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    for wanted in piece.chars() {
        let mut next = vec![false; reached.len()];
        let mut any = false;
        for index in 0..reached.len() {
            any |= reached[index];
            next[index] = match wanted {
                '*' => any,
                '?' => index > 0 && reached[index - 1],
                letter => index > 0 && reached[index - 1] && letters[index - 1] == letter,
            };
        }
        reached = next;
    }
    reached[letters.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_part_and_two_do_not() {
        for (pattern, id, expected) in [
            ("target/probe", "target/probe", true),
            ("target/prob", "target/probe", false),
            ("target/*", "target/probe", true),
            ("target/*", "target/errors/x", false),
            ("target/errors/*", "target/errors/missing-element", true),
            ("**", "target/errors/x/y", true),
            ("**/receipt", "target/errors/x/receipt", true),
            ("**/receipt", "receipt", true),
            ("target/**/receipt", "target/receipt", true),
            ("target/**", "target", true),
            ("target/**", "client/x", false),
            ("ERR-20*", "ERR-2011", true),
            ("ERR-20*", "ERR-100", false),
            ("ERR-*", "ERR-", true),
            ("*a*b", "xxaxxb", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("", "a", false),
            ("*", "é", true),
        ] {
            assert_eq!(matches(pattern, id), expected, "{pattern} {id}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        let stars = "*a".repeat(500);
        assert!(!matches(&stars, &"a".repeat(400)));
        assert!(!matches(&format!("{}b", "**/".repeat(500)), &"a/".repeat(400)));
    }
}
