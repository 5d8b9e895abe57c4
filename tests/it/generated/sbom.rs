//! docs/sbom.cdx.json: what the program is built of for Linux, as the format `CycloneDX` 1.5 has it, from what Cargo has locked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{freshen, root};

#[test]
fn the_bill_of_materials_is_fresh() {
    freshen("docs/sbom.cdx.json", &format!("{:#}\n", bill()));
}

fn bill() -> Value {
    let metadata = metadata();
    let packages: BTreeMap<&str, &Value> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(&package["id"]), package))
        .collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(&node["id"]), node))
        .collect();
    let own = text(&metadata["resolve"]["root"]);
    let used = used_by(own, &nodes);
    let checksums = checksums();
    let component = |id: &&str| component(packages[*id], &checksums);
    let dependencies = used.iter().map(|id| {
        let on: BTreeSet<String> = needs(nodes[id]).map(|need| purl(packages[need])).collect();
        json!({ "ref": purl(packages[id]), "dependsOn": on })
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component(&own) },
        "components": used.iter().filter(|id| **id != own).map(component).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    })
}

/// The platform of the binary that the bill is for: what is needed elsewhere alone is not on every disk.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// What Cargo says of this package and all that it needs, without asking anybody.
fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", PLATFORM])
        .current_dir(root());
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The package itself and whatever becomes part of the program, or builds it.
fn used_by<'a>(own: &'a str, nodes: &BTreeMap<&'a str, &'a Value>) -> BTreeSet<&'a str> {
    let mut used = BTreeSet::new();
    let mut next = vec![own];
    while let Some(id) = next.pop() {
        if used.insert(id) {
            next.extend(needs(nodes[id]));
        }
    }
    used
}

/// What a package needs outside its tests.
fn needs(node: &Value) -> impl Iterator<Item = &str> {
    let is_for_tests_alone =
        |need: &Value| need["dep_kinds"].as_array().unwrap().iter().all(|kind| kind["kind"] == "dev");
    node["deps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(move |need| !is_for_tests_alone(need))
        .map(|need| text(&need["pkg"]))
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let (name, version) = (text(&package["name"]), text(&package["version"]));
    let kind = if name == env!("CARGO_PKG_NAME") { "application" } else { "library" };
    let mut component = json!({
        "type": kind, "bom-ref": purl(package), "name": name, "version": version, "purl": purl(package),
        "licenses": [{ "expression": text(&package["license"]).replace('/', " OR ") }],
    });
    if let Some(checksum) = checksums.get(&(name.to_owned(), version.to_owned())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

fn purl(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", text(&package["name"]), text(&package["version"]))
}

/// The checksums of Cargo.lock, by name and version.
fn checksums() -> BTreeMap<(String, String), String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let value = |block: &str, key: &str| {
        let begins = format!("{key} = \"");
        let line = block.lines().find_map(|line| line.strip_prefix(&begins))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let packages = lock.split("[[package]]").filter_map(|block| {
        Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?))
    });
    packages.collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
