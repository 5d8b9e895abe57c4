//! The JSON Schema of a file that people write, for editors; a loader is stricter than it can say.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of a type, draft 2020-12.
pub(crate) fn generate<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().with_transform(NoNull).into_generator().into_root_schema_for::<T>()
}

/// A key that may be left out may not be there without a value: the loader takes no null.
#[derive(Clone, Copy, Debug)]
struct NoNull;

impl Transform for NoNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let null = |value: &Value| value == "null" || value.get("type").is_some_and(|kind| kind == "null");
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
        for key in ["type", "anyOf"] {
            let Some(choices) = schema.get_mut(key).and_then(Value::as_array_mut) else { continue };
            choices.retain(|choice| !null(choice));
        }
        if let Some([kind]) = schema.get("type").and_then(Value::as_array).map(Vec::as_slice) {
            let kind = kind.clone();
            schema.insert("type".to_owned(), kind);
        }
    }
}
