//! Rebuilds when a migration is added: checked queries depend on the schema.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
    println!("cargo::rerun-if-changed=.sqlx");
}
