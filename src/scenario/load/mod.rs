//! Strict loading: a file is taken as a whole or refused with every place where it is wrong.

mod lint;
#[cfg(test)]
mod tests;
mod variables;

use super::defect::{Defect, DefectFile};
use super::model::{Scenario, ScenarioFile};
use super::steps::collect::Collect;
pub use crate::yaml::Mistakes;
use crate::yaml::{LONGEST, Mistake, Node, Place, Value, parse, quoted, read, too_long, without_mark};

/// The names that a scenario or a defect may use, from the modules that have them.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// The ids of the catalogue's requirements.
    pub requirement_ids: &'k [&'k str],
    /// The packages that can be staged.
    pub package_names: &'k [&'k str],
    /// The message elements of 6.2.
    pub element_names: &'k [&'k str],
    /// The rows of the error tables that a collect deserves, as ids of requirements.
    pub faults: fn(&Collect) -> Vec<String>,
}

/// Reads a scenario from its text; `name` is what messages call the file.
///
/// # Errors
/// All mistakes of the text: those of YAML, of keys and values (the first of each case), of names and of sense.
pub fn load(name: &str, id: &str, text: &str, known: &Known<'_>) -> Result<Scenario, Mistakes> {
    let text = without_mark(text);
    scenario(id, text, known).map_err(|found| Mistakes::tell(name, text, found))
}

/// Reads a defect from its text; `stem`, its file's name without the extension, becomes its name.
///
/// # Errors
/// As [`load`].
pub fn load_defect(name: &str, stem: &str, text: &str, known: &Known<'_>) -> Result<Defect, Mistakes> {
    let text = without_mark(text);
    defect(stem, text, known).map_err(|found| Mistakes::tell(name, text, found))
}

fn scenario(id: &str, text: &str, known: &Known<'_>) -> Result<Scenario, Vec<Mistake>> {
    let document = named(id, text).map_err(|mistake| vec![mistake])?;
    let mut found = Vec::new();
    let expanded = variables::expand(&document, &mut found);
    let mut files = Vec::new();
    for case in &expanded {
        match read::<ScenarioFile>(&case.document) {
            Ok(file) => {
                lint::scenario(&file, &case.document, known, &mut found);
                files.push((case.case.clone(), file));
            }
            Err(mistake) => found.push(mistake),
        }
    }
    if expanded.is_empty() {
        found.extend(read::<ScenarioFile>(&document).err());
    }
    match Scenario::from_cases(id, title(&document), files) {
        Some(scenario) if found.is_empty() => Ok(scenario),
        Some(_) | None => Err(found),
    }
}

fn defect(stem: &str, text: &str, known: &Known<'_>) -> Result<Defect, Vec<Mistake>> {
    let document = named(stem, text).map_err(|mistake| vec![mistake])?;
    let file = read::<DefectFile>(&document).map_err(|mistake| vec![mistake])?;
    let mut found = Vec::new();
    lint::defect(&file, &document, known, &mut found);
    if found.is_empty() { Ok(file.named(stem)) } else { Err(found) }
}

/// The tree of a file whose name can be an id: ids go into addresses, reports and the names of courses.
fn named(id: &str, text: &str) -> Result<Node, Mistake> {
    let start = Place { start: 0, end: 0 };
    if text.len() > LONGEST {
        return Err(Mistake::new(start, too_long()));
    }
    if !id.split('/').all(variables::is_part_of_an_id) {
        let rule = "the names of files and directories have letters, digits, \"-\", \"_\" and \".\", a letter or digit first";
        return Err(Mistake::new(start, format!("bad id {}: {rule}", quoted(id))));
    }
    parse(text)
}

fn title(document: &Node) -> String {
    match &document.key("title").value {
        Value::Scalar { text, .. } => text.clone(),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    }
}
