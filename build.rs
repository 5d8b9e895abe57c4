//! Builds again when a file comes into one of the directories that are compiled in.

fn main() {
    for directory in ["scenarios", "fixtures/packages", "fixtures/defects"] {
        println!("cargo::rerun-if-changed={directory}");
    }
}
