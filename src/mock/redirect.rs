//! Where redirects lead, and what is sent there (RFC 9110, 15.4).

use super::deliver::Errand;
use crate::pens::Response;
use crate::wire::http::{Address, Outgoing, ResponseHead};

/// What is sent again where an answer leads on, on the same host.
pub(super) fn redirected(errand: &Errand, head: &[u8]) -> Option<Errand> {
    let url = leads_on(&errand.url, head)?;
    let outgoing = moved(&errand.outgoing, head, Address::of(&url).ok()?);
    Some(Errand { outgoing, url, transaction: errand.transaction.clone(), purpose: errand.purpose })
}

/// A request as it is sent again to where a redirect leads: what was posted goes by GET and without its body, but for 307
/// and 308 (RFC 9110, 15.4).
pub(super) fn moved(outgoing: &Outgoing, head: &[u8], address: Address) -> Outgoing {
    let keeps_method =
        matches!(ResponseHead::read(head).0.status, Some(307 | 308)) || outgoing.method != "POST";
    if keeps_method {
        return Outgoing { target: address.target.clone(), address, ..outgoing.clone() };
    }
    let is_of_the_body = |name: &str| name.to_ascii_lowercase().starts_with("content-");
    let headers = outgoing.headers.iter().filter(|(name, _)| !is_of_the_body(name)).cloned();
    Outgoing { headers: headers.collect(), ..Outgoing::get(address) }
}

/// Where an answer to a request to `url` points to, when that is on the same host: no other is asked.
#[must_use]
pub fn leads_on(url: &str, head: &[u8]) -> Option<String> {
    let here = Address::of(url).ok()?;
    let there = points_to(url, head)?;
    let address = Address::of(&there).ok()?;
    let is_same_host = address.host.eq_ignore_ascii_case(&here.host)
        && address.port == here.port
        && address.scheme == here.scheme;
    is_same_host.then_some(there)
}

/// Where an answer to a request to `url` points to, whatever host that is.
pub(super) fn points_to(url: &str, head: &[u8]) -> Option<String> {
    let (head, _) = ResponseHead::read(head);
    head.status.filter(|status| matches!(status, 301 | 302 | 303 | 307 | 308))?;
    let location = String::from_utf8(head.headers.get("location")?.to_vec()).ok()?;
    resolved(&Address::of(url).ok()?, location.split('#').next().unwrap_or_default())
}

/// A reference as a URL, from the place where it was given (RFC 3986, 5.2); what has a scheme is one.
fn resolved(here: &Address, reference: &str) -> Option<String> {
    let end = reference.find([':', '/', '?']);
    if end.is_some_and(|end| end > 0 && reference[end..].starts_with(':')) {
        return Some(reference.to_owned());
    }
    if reference.is_empty() {
        return None;
    }
    if reference.starts_with("//") {
        return Some(format!("{}:{reference}", here.scheme));
    }
    let own = String::from_utf8_lossy(&here.target).into_owned();
    let own = own.split('?').next().unwrap_or_default();
    let (path, query) = reference.find('?').map_or((reference, ""), |at| reference.split_at(at));
    let directory = own.rsplit_once('/').map_or("", |(directory, _)| directory);
    let path = match path {
        "" => own.to_owned(),
        _ if path.starts_with('/') => without_dots(path),
        _ => without_dots(&format!("{directory}/{path}")),
    };
    Some(format!("{}://{}{path}{query}", here.scheme, here.authority))
}

/// A path without its `.` and `..` (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (at, segment) in segments.iter().enumerate() {
        let is_last = at + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Whether a body is an answer of PENS: then that counts, whatever status it comes with.
#[must_use]
pub fn speaks_pens(body: &[u8]) -> bool {
    Response::read(body).0.fields.iter().any(|field| field.known().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_to_where_its_reference_says() {
        let head =
            |location: &str| format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n").into_bytes();
        for (location, there) in [
            ("http://other.example/x", Some("http://other.example/x")),
            ("//other.example:81/x", Some("http://other.example:81/x")),
            ("/x?y=1", Some("http://h:80/x?y=1")),
            ("x", Some("http://h:80/a/x")),
            ("./x/.", Some("http://h:80/a/x/")),
            ("../x", Some("http://h:80/x")),
            ("../../../x/..", Some("http://h:80/")),
            ("..", Some("http://h:80/")),
            ("?moved=1", Some("http://h:80/a/b?moved=1")),
            ("login.php?next=http://h/", Some("http://h:80/a/login.php?next=http://h/")),
            ("mailto:a@b.c", Some("mailto:a@b.c")),
            ("/x#part", Some("http://h:80/x")),
            ("#part", None),
            ("", None),
        ] {
            assert_eq!(points_to("http://h:80/a/b?c=1", &head(location)).as_deref(), there, "{location}");
        }
        let found = b"HTTP/1.1 200 OK\r\nLocation: /x\r\n\r\n";
        assert_eq!(points_to("http://h/a", found), None);
    }
}
