//! The JSON Schemas of the files that people write, for editors; the loader is stricter than they can say.

use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

use super::defect::DefectFile;
use super::model::ScenarioFile;
use crate::yaml::generate;

/// The schema of a scenario, draft 2020-12; where a fixed word, a number or a list is wanted, a `${variable}` may stand.
#[must_use]
pub fn scenario_schema() -> Value {
    let mut schema = generate::<ScenarioFile>();
    let mut steps = schema.get("$defs").cloned().unwrap_or_default();
    if let Some(definitions) = steps.as_object_mut() {
        for (_, definition) in
            definitions.iter_mut().filter(|(name, _)| !["Subject", "CaseRow"].contains(&name.as_str()))
        {
            allow_variables(definition);
        }
        schema.insert("$defs".to_owned(), steps);
    }
    schema.to_value()
}

/// The schema of a defect, draft 2020-12.
#[must_use]
pub fn defect_schema() -> Value {
    generate::<DefectFile>().to_value()
}

fn allow_variables(definition: &mut Value) {
    if let Ok(schema) = <&mut Schema>::try_from(definition) {
        Variables.transform(schema);
    }
}

/// Lets `${variable}` stand wherever the schema wants less than any text.
struct Variables;

impl Transform for Variables {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if !is_fixed(schema) {
            return;
        }
        let fixed = std::mem::take(schema);
        let variable = json!({ "type": "string", "pattern": "\\$\\{[A-Za-z0-9_-]+\\}" });
        *schema = json_schema!({ "anyOf": [fixed, variable] });
    }
}

/// A number, a list, words that are listed, or a text with a pattern.
fn is_fixed(schema: &Schema) -> bool {
    let listed = |key: &str| schema.get(key).and_then(Value::as_array);
    let is_word = |one: &Value| one.get("const").is_some() || one.get("enum").is_some();
    schema.get("type").is_some_and(|kind| kind == "integer" || kind == "array")
        || schema.get("enum").is_some()
        || schema.get("pattern").is_some()
        || listed("oneOf").is_some_and(|choices| choices.iter().any(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_closed_and_keys_described() {
        let schema = scenario_schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["additionalProperties"], false);
        let collect = &schema["$defs"]["Collect"];
        assert_eq!(collect["additionalProperties"], false);
        assert_eq!(collect["properties"]["omit"]["anyOf"][0]["description"], "Elements that are left out.");
        assert_eq!(defect_schema()["additionalProperties"], false);
    }

    #[test]
    fn a_variable_may_stand_for_a_fixed_word_but_for_the_subject() {
        let schema = scenario_schema();
        assert_eq!(schema["$defs"]["Order"]["anyOf"][1]["type"], "string");
        assert_eq!(schema["$defs"]["Event"]["properties"]["count"]["anyOf"][0]["type"], "integer");
        assert!(schema["$defs"]["Subject"]["oneOf"].is_array());
        assert!(defect_schema()["$defs"]["Act"]["oneOf"].is_array());
    }

    #[test]
    fn no_key_takes_null() {
        for schema in [scenario_schema(), defect_schema()] {
            assert!(!schema.to_string().contains("null"), "{schema}");
        }
    }
}
