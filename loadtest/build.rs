//! Rebuilds when a migration is added: the checked queries were checked against it.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
