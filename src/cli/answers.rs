//! The file of `--answers`: what a person says of cases whose result only a person can see.

use std::collections::BTreeMap;
use std::path::Path;

use super::Stop;
use crate::transcript::entry::Answered;
use crate::yaml::{LONGEST, Mistake, Mistakes, Node, parse, quoted, read as typed, without_mark};

/// The answers to the questions of cases, by the ids of those, each with what is to be added to it.
pub(super) type Answers = BTreeMap<String, (Answered, String)>;

/// Reads the file, in which each line names a case, played or not, and says `yes` or `no`, and after a comma what is to be added.
pub(super) fn read(path: Option<&str>, known: &[String]) -> Result<Answers, Stop> {
    let Some(path) = path else { return Ok(Answers::new()) };
    let cannot = |why: String| {
        Stop::Usage(format!("{path}: cannot be read: {why}; name the file of your answers with --answers"))
    };
    let size = std::fs::metadata(Path::new(path)).map_err(|error| cannot(error.to_string()))?.len();
    if size > LONGEST as u64 {
        return Err(cannot("it is longer than 256 KiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| cannot(error.to_string()))?;
    let text = without_mark(&text);
    take(text, known).map_err(|found| Stop::Usage(Mistakes::tell(path, text, found).to_string()))
}

fn take(text: &str, known: &[String]) -> Result<Answers, Vec<Mistake>> {
    let document = parse(text).map_err(|mistake| vec![mistake])?;
    let written: BTreeMap<String, String> = typed(&document).map_err(|mistake| vec![mistake])?;
    let (mut answers, mut found) = (Answers::new(), Vec::new());
    for (id, text) in written {
        match answer(&text, document.key(&id)) {
            Ok(answer) if known.contains(&id) => drop(answers.insert(id, answer)),
            Ok(_) => {
                let message = format!("there is no case {}", quoted(&id));
                found.push(Mistake::unknown(
                    document.key_place(&id),
                    message,
                    &id,
                    known.iter().map(String::as_str),
                ));
            }
            Err(mistake) => found.push(mistake),
        }
    }
    if found.is_empty() { Ok(answers) } else { Err(found) }
}

fn answer(text: &str, node: &Node) -> Result<(Answered, String), Mistake> {
    let (word, added) = text.split_once(',').unwrap_or((text, ""));
    let answer = match word.trim() {
        "yes" => Answered::Yes,
        "no" => Answered::No,
        _ => {
            let message = "write yes or no, and what is to be added behind a comma";
            return Err(Mistake::new(node.place, message));
        }
    };
    Ok((answer, added.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_word_and_perhaps_a_note() {
        let known = ["client/a", "client/b", "client/c"].map(str::to_owned);
        let told = take("client/a: yes\nclient/b: no, the page says published\n", &known);
        let told = told.unwrap();
        assert_eq!(told["client/a"], (Answered::Yes, String::new()));
        assert_eq!(told["client/b"], (Answered::No, "the page says published".to_owned()));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in ["client/a: perhaps\n", "client/b: yes\n", "- yes\n", "client/a: [yes]\n"] {
            assert!(take(text, &["client/a".to_owned()]).is_err(), "{text}");
        }
    }
}
