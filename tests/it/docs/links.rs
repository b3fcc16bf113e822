//! Links within the repository lead somewhere, down to the heading.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use super::{Page, complain, pages, root};

/// Targets of the links in a text, those of pictures included.
fn targets(prose: &str) -> Vec<&str> {
    let unquoted = prose.split("](").skip(1);
    unquoted
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split(' ').next().unwrap_or_default())
        .collect()
}

/// The anchor that a heading has.
fn anchor(heading: &str) -> String {
    let mut text = String::new();
    // Of a link in a heading its words count.
    for (at, part) in heading.split("](").enumerate() {
        let words = if at == 0 {
            part
        } else {
            part.split_once(')').map_or("", |(_, rest)| rest)
        };
        text.push_str(words);
    }
    let kept = text.trim().chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ if letter.is_alphanumeric() => Some(letter),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

fn anchors(page: &Page) -> Vec<String> {
    let mut seen = BTreeMap::<String, usize>::new();
    let prose = page.prose();
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchors = headings.map(|line| {
        let anchor = anchor(line.trim_start_matches('#'));
        let count = seen.entry(anchor.clone()).or_default();
        *count += 1;
        match *count {
            1 => anchor,
            more => format!("{anchor}-{}", more - 1),
        }
    });
    anchors.collect()
}

/// A path with its steps up taken.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            tidied.pop();
        } else {
            tidied.push(part);
        }
    }
    tidied
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    let by_name: BTreeMap<&str, &Page> = pages.iter().map(|it| (it.name.as_str(), it)).collect();
    let (mut broken, mut count) = (Vec::new(), 0);
    for page in &pages {
        let prose = page.prose();
        let inner = targets(&prose)
            .into_iter()
            .filter(|it| !it.contains("://") && !it.starts_with("mailto:"));
        for target in inner {
            count += 1;
            let (path, wanted) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(&page.name).parent().unwrap();
            let path = match path {
                "" => PathBuf::from(&page.name),
                path => tidy(&folder.join(path)),
            };
            let name = path.display().to_string();
            let is_there = root().join(&path).exists();
            let is_headed = wanted.is_empty()
                || by_name
                    .get(name.as_str())
                    .is_some_and(|page| anchors(page).iter().any(|it| it == wanted));
            if !is_there || !is_headed {
                broken.push(format!("{}: {target} leads nowhere", page.name));
            }
        }
    }
    assert!(count > 60, "{count}");
    complain(broken);
}

#[test]
fn anchors_are_made_as_they_are_shown() {
    assert_eq!(
        anchor(" What is kept, and for how long?"),
        "what-is-kept-and-for-how-long"
    );
    assert_eq!(
        anchor(" `tenant add` and [others](x.md)"),
        "tenant-add-and-others"
    );
}

/// A page that no other leads to is found by nobody.
#[test]
fn every_page_for_people_is_in_the_index() {
    let index = Page::at("docs/README.md");
    let listed = targets(&index.text);
    let missing = pages().into_iter().filter(|page| {
        let below = page.name.strip_prefix("docs/");
        below.is_some_and(|below| {
            !below.starts_with("adr/") && below != "README.md" && !listed.contains(&below)
        })
    });
    let broken = missing.map(|page| format!("docs/README.md does not lead to {}", page.name));
    complain(broken.collect());
}
