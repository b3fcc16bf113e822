//! The files for containers and systemd fit together, and fit the program.

use serde_json::Value;

use super::{Page, complain, files, pages};

const COMPOSE: &str = "packaging/compose/compose.yaml";
const BUILD: &str = r#"docker build --build-arg TENANTATLAS_COMMIT="$(git rev-parse --short HEAD)" --tag tenantatlas ."#;

fn yaml(page: &Page) -> Value {
    serde_saphyr::from_str(&page.text).unwrap_or_else(|error| panic!("{}: {error}", page.name))
}

#[test]
fn yaml_can_be_read() {
    let pages = files(|path| {
        let ending = path.extension().unwrap_or_default();
        !path.starts_with("tests")
            && !path.starts_with("console")
            && (ending == "yml" || ending == "yaml")
    });
    assert!(!pages.is_empty());
    for page in pages {
        assert!(yaml(&page).is_object(), "{}", page.name);
    }
}

fn seconds(text: &Value) -> u64 {
    let text = text.as_str().unwrap_or_default();
    text.trim_end_matches('s').parse().expect("seconds")
}

/// A server that is told to stop needs `shutdown_grace` and five seconds more.
#[test]
fn three_servers_of_one_image_have_time_to_stop() {
    let compose = yaml(&Page::at(COMPOSE));
    let services = compose["services"].as_object().unwrap();
    let servers: Vec<_> = services
        .iter()
        .filter(|(_, service)| {
            service["image"]
                .as_str()
                .is_some_and(|it| it.starts_with("tenantatlas"))
        })
        .collect();
    assert_eq!(servers.len(), 3, "{:?}", services.keys());
    for (name, server) in servers {
        assert_eq!(server["image"], servers_image(&compose), "{name}");
        assert!(seconds(&server["stop_grace_period"]) >= 40, "{name}");
        // Only the proxy can be reached from outside.
        assert_eq!(server["ports"], Value::Null, "{name}");
    }
    let unit = Page::at("packaging/systemd/tenantatlas.service");
    let stop = unit
        .text
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec="));
    assert!(stop.unwrap().trim_end_matches('s').parse::<u64>().unwrap() >= 40);
}

fn servers_image(compose: &Value) -> Value {
    compose["services"]["atlas-1"]["image"].clone()
}

#[test]
fn what_services_use_is_declared() {
    let compose = yaml(&Page::at(COMPOSE));
    let mut broken = Vec::new();
    let declared = |kind: &str, name: &str| compose[kind].get(name).is_some();
    for (service, value) in compose["services"].as_object().unwrap() {
        for secret in value["secrets"].as_array().into_iter().flatten() {
            let name = secret["source"].as_str().or(secret.as_str()).unwrap();
            if !declared("secrets", name) {
                broken.push(format!("{service} uses the secret {name}"));
            }
        }
        for volume in value["volumes"].as_array().into_iter().flatten() {
            let from = volume.as_str().unwrap().split(':').next().unwrap();
            let folder = super::root().join("packaging/compose").join(from);
            if from.starts_with('.') && !folder.exists()
                || !from.starts_with('.') && !declared("volumes", from)
            {
                broken.push(format!("{service} uses {from}"));
            }
        }
    }
    complain(broken);
}

/// The image is built by the toolchain that everything else is.
#[test]
fn the_image_is_built_with_the_pinned_toolchain() {
    let pinned: toml::Table = Page::at("rust-toolchain.toml").text.parse().unwrap();
    let pinned = pinned["toolchain"]["channel"].as_str().unwrap();
    let dockerfile = Page::at("Dockerfile").text;
    assert!(dockerfile.contains(&format!("rust:{pinned}-")), "{pinned}");
    let lines: Vec<&str> = dockerfile.lines().collect();
    let last = lines
        .iter()
        .rposition(|line| line.starts_with("FROM "))
        .unwrap();
    let user = lines[last..]
        .iter()
        .find_map(|line| line.strip_prefix("USER "));
    assert!(
        user.is_some_and(|user| !user.starts_with("root") && !user.starts_with('0')),
        "{user:?}"
    );
}

/// Otherwise an image says that its commit is unknown.
#[test]
fn the_image_is_built_in_one_way() {
    let mut described = pages();
    described.extend([Page::at(COMPOSE), Page::at("Dockerfile")]);
    let (mut broken, mut count) = (Vec::new(), 0);
    for page in described {
        for (at, _) in page.text.match_indices("docker build ") {
            let rest = &page.text[at..];
            count += 1;
            if !rest.starts_with(BUILD) {
                broken.push(format!(
                    "{}: {}",
                    page.name,
                    rest.lines().next().unwrap_or_default()
                ));
            }
        }
    }
    assert!(count >= 6, "{count}");
    complain(broken);
}
