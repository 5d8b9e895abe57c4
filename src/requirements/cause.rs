//! What probably brought a strange answer about: habits of frameworks and servers, each with what to try next.

use super::seen::ResponseSeen;

const PHP_MESSAGES: &str =
    "the receiver prints PHP warnings into its answers; turn display_errors off and log them instead";

/// The likely cause of an answer that is no PENS answer, or has something in front; with what to try next.
#[must_use]
pub fn of_strange_answer(seen: &ResponseSeen) -> Option<&'static str> {
    by_status(seen.exchange.status()?).or_else(|| by_body(&seen.body))
}

/// The likely cause of bytes in front of `error=`.
#[must_use]
pub fn of_prefix(prefix: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(prefix);
    if prefix.starts_with(b"\xEF\xBB\xBF") {
        Some(
            "a source file or template of the receiver was saved with a byte-order mark; save it as UTF-8 without one",
        )
    } else if has_php_message(&text) {
        Some(PHP_MESSAGES)
    } else if text.contains('<') {
        Some("a page template or an error page of the web framework surrounds the answer")
    } else if text.trim().is_empty() {
        Some("a blank line in front of the receiver's code, outside its <?php ... ?> tags or in its template")
    } else {
        None
    }
}

/// PHP prints `Warning: what in FILE on line N` or, with `html_errors` on, `<b>Warning</b>:  what in ...`.
fn has_php_message(text: &str) -> bool {
    let is_of =
        |kind: &&str| text.contains(&format!("{kind}: ")) || text.contains(&format!("<b>{kind}</b>:"));
    text.contains(" on line ")
        && ["Warning", "Notice", "Deprecated", "Fatal error", "Parse error"].iter().any(is_of)
}

fn by_status(status: u16) -> Option<&'static str> {
    match status {
        301 | 302 | 303 | 307 | 308 => Some(
            "the address redirects, to a login page or to https perhaps; give the address that it leads to",
        ),
        401 | 407 => Some(
            "the server wants HTTP credentials; give the address in the way in which your clients are to reach it",
        ),
        403 => {
            Some("the server forbids it: a firewall, an API key or a CSRF filter stands before the receiver")
        }
        404 | 410 => Some(
            "no receiver answers at this path; check the address, its trailing slash and its letter case",
        ),
        500..=599 => {
            Some("the receiver or its web server failed; its log at the time of this answer says why")
        }
        _ => None,
    }
}

fn by_body(body: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    if has_php_message(&text) {
        return Some(PHP_MESSAGES);
    }
    let text = text.to_ascii_lowercase();
    let text = text.trim_start();
    if text.is_empty() {
        Some("the receiver ended without writing anything; look for an exception in its log")
    } else if text.contains("<form") && text.contains("password") {
        Some("this is a login page: the receiver's address must work without a session")
    } else if text.starts_with('<') {
        Some("this is a page for people: the address is that of the web site, not of its PENS receiver")
    } else if text.starts_with('{') || text.starts_with('[') {
        Some("this is JSON: another API answers at this address, or the framework serialises the answer")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_before_the_first_field_name_their_cause() {
        for (prefix, word) in [
            (&b"\xEF\xBB\xBF"[..], "byte-order mark"),
            (b"\nWarning: fopen(): failed in /pens.php on line 3\n", "PHP"),
            (
                b"<br />\n<b>Warning</b>:  Undefined array key in <b>/pens.php</b> on line <b>3</b><br />\n",
                "PHP",
            ),
            (b"<b>Parse error</b>:  syntax error in <b>/pens.php</b> on line <b>3</b><br />\n", "PHP"),
            (b"<p>Warning: staff only</p>", "page template"),
            (b"<!DOCTYPE html><html><body>", "page template"),
            (b"\r\n\r\n", "blank line"),
        ] {
            let cause = of_prefix(prefix).unwrap_or_default();
            assert!(cause.contains(word), "{:?}: {cause}", String::from_utf8_lossy(prefix));
        }
        assert_eq!(of_prefix(b"x"), None);
    }

    #[test]
    fn a_body_that_is_no_answer_names_its_cause() {
        for (body, word) in [
            ("", "without writing"),
            ("<b>Fatal error</b>:  Uncaught Error in <b>/pens.php</b> on line <b>3</b>", "PHP"),
            ("<html>Warning: staff only <form><input type=PASSWORD></form></html>", "login page"),
            ("<html></html>", "page for people"),
            ("<form>no word of it</form>", "page for people"),
            ("<p>your password</p>", "page for people"),
            ("{\"error\":0}", "JSON"),
        ] {
            let cause = by_body(body.as_bytes()).unwrap_or_default();
            assert!(cause.contains(word), "{body:?}: {cause}");
        }
    }
}
