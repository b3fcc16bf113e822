//! Builds the console in `console/`, and lists its files for the server, which holds them. Finds out which
//! commit this is, too.
//!
//! The variable `TENANTATLAS_CONSOLE` says how much that matters. `auto`, the default: without Node.js,
//! or where the console cannot be built, the server is built without it, and a warning says why.
//! `required`: then nothing is built. `skip`: the console is not looked at. `TENANTATLAS_COMMIT` names the
//! commit where there is no git, as in a container.

use std::{
    collections::hash_map::DefaultHasher,
    env,
    ffi::OsStr,
    fs::{self, File},
    hash::{Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

const VARIABLE: &str = "TENANTATLAS_CONSOLE";
const CONSOLE: &str = "console";
/// What Vite makes.
const BUILT: &str = "console/dist";
/// Beside what was built: what it was built from. Whoever builds by hand removes it.
const STAMP: &str = "console/dist/.sources";
/// The types of the console's operations come from it.
const SCHEMA: &str = "schema.graphql";
/// In `console/` and `console/src`: what is made there, and what the console is only tested with.
const NO_SOURCES: [&str; 8] = [
    "blob-report",
    "coverage",
    "dist",
    "e2e",
    "gql",
    "node_modules",
    "playwright-report",
    "test-results",
];
/// Major and minor version, as Vite wants it.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// Lines of what a failed command said that are passed on.
const LAST_LINES: usize = 25;

const COMMIT: &str = "TENANTATLAS_COMMIT";
/// Digits of a commit that are shown.
const COMMIT_DIGITS: usize = 7;

/// In `.cargo/config.toml`, which cargo reads by the directory that it is started in.
const ALLOCATOR: &str = "JEMALLOC_SYS_WITH_MALLOC_CONF";

fn main() -> Result<(), String> {
    if env::var_os(ALLOCATOR).is_none() {
        println!(
            "cargo::warning={ALLOCATOR} of .cargo/config.toml is not set: build in the project's directory, or the server takes more memory"
        );
    }
    println!("cargo::rerun-if-env-changed={ALLOCATOR}");
    println!("cargo::rustc-env={COMMIT}={}", commit());
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let out = PathBuf::from(out);
    let wish = env::var(VARIABLE).unwrap_or_default();
    let (is_wanted, is_required) = match wish.as_str() {
        "skip" => (false, false),
        "" | "auto" => (true, false),
        "required" => (true, true),
        other => {
            let words = format!("{VARIABLE} is `{other}`, not auto, required or skip");
            return Err(words);
        }
    };
    let files = match is_wanted.then(|| build(is_required, &out.join(CONSOLE))) {
        None => Vec::new(),
        Some(Ok(files)) => files,
        Some(Err(why)) if is_required => {
            complain("error", "the console could not be built", &why);
            Vec::new()
        }
        Some(Err(why)) => {
            complain("warning", "the server is built WITHOUT its console", &why);
            let advice =
                format!("`{VARIABLE}=required cargo build` tries again, `=skip` is silent");
            complain("warning", &advice, "");
            Vec::new()
        }
    };
    fs::write(out.join("console.rs"), listed(&files)).map_err(told("OUT_DIR"))
}

/// The commit that this is built from, or `unknown`: it is no reason to build nothing. A build without
/// optimization is nobody's release, and would be built anew after every commit: it is of `development`.
fn commit() -> String {
    println!("cargo::rerun-if-env-changed={COMMIT}");
    let named = env::var(COMMIT).ok().filter(|named| !named.is_empty());
    let commit = named.or_else(|| {
        if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
            return Some("development".to_owned());
        }
        for place in ["HEAD", "logs/HEAD"] {
            // Every commit, and every change of the branch, is noted in the second of them.
            let path = git(&["rev-parse", "--git-path", place])?;
            if Path::new(&path).exists() {
                println!("cargo::rerun-if-changed={path}");
            }
        }
        git(&["rev-parse", "HEAD"])
    });
    let is_plain = |text: &String| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let commit = commit.filter(is_plain).unwrap_or("unknown".to_owned());
    match commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => commit.chars().take(COMMIT_DIGITS).collect(),
        false => commit,
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The console's files as an expression: their paths and contents.
fn listed(files: &[(String, PathBuf)]) -> String {
    let lines = files.iter().map(|(name, path)| {
        let path = path.display().to_string();
        format!("    ({name:?}, include_bytes!({path:?})),\n")
    });
    format!("&[\n{}]\n", lines.collect::<String>())
}

/// Has what was built from the sources as they are, copied to a place that nobody else changes. Several
/// builds may want it at once.
fn build(is_required: bool, place: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let sources = sources().map_err(told(CONSOLE))?;
    for path in &sources.watched {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let lock = File::create(Path::new(CONSOLE).join(".build-lock")).map_err(told(CONSOLE))?;
    lock.lock().map_err(told(CONSOLE))?;
    if fs::read_to_string(STAMP).ok().as_ref() != Some(&sources.stamp) {
        make(is_required)?;
        fs::write(STAMP, sources.stamp).map_err(told(STAMP))?;
    }
    let mut files = Vec::new();
    empty(place)
        .and_then(|()| lay(Path::new(BUILT), place, "", &mut files))
        .map_err(told(BUILT))?;
    Ok(files)
}

/// Has npm build the console.
fn make(is_required: bool) -> Result<(), String> {
    check_node()?;
    if !is_installed() {
        let mut install = npm("ci");
        install.args([
            "--include=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]);
        if !is_required {
            // Who is offline does not wait for minutes.
            install.args(["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]);
            install.arg("--fetch-timeout=30000");
        }
        carry_out(install)?;
    }
    let mut build = npm("run");
    build.arg("build");
    carry_out(build)
}

/// What the console is built from.
struct Sources {
    /// What cargo watches: folders, or files where a folder holds other things too. What is new beside
    /// them is used by one of them.
    watched: Vec<PathBuf>,
    /// Two with the same have the same names and contents.
    stamp: String,
}

fn sources() -> io::Result<Sources> {
    let mut watched = vec![PathBuf::from(SCHEMA)];
    for folder in [CONSOLE, "console/src"] {
        let entries = children(Path::new(folder))?;
        watched.extend(entries.into_iter().filter(|path| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or(".");
            !name.starts_with('.')
                && !NO_SOURCES.contains(&name)
                && path != Path::new("console/src")
        }));
    }
    let mut hasher = DefaultHasher::new();
    let mut left = watched.clone();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(children(&path)?);
        } else {
            path.hash(&mut hasher);
            fs::read(&path)?.hash(&mut hasher);
        }
    }
    let stamp = format!("{:016x}\n", hasher.finish());
    Ok(Sources { watched, stamp })
}

/// What a folder holds, in order.
fn children(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn check_node() -> Result<(), String> {
    let (major, minor) = OLDEST_NODE;
    let wanted = format!("Node.js {major}.{minor} or later with npm is needed");
    let output = Command::new("node").arg("--version").output();
    let version = output.map_err(|error| format!("{wanted}; node: {error}"))?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let mut numbers = version.trim_start_matches('v').split('.');
    let mut number = || -> Option<u32> { numbers.next()?.parse().ok() };
    let found = number().zip(number());
    match found.is_some_and(|found| found >= OLDEST_NODE) {
        true => Ok(()),
        false => Err(format!("{wanted}; this is {version}")),
    }
}

/// Whether the packages are those of the lock file. npm writes a file of its own when it is done.
fn is_installed() -> bool {
    let written = |path: &str| -> io::Result<SystemTime> { fs::metadata(path)?.modified() };
    let own = written("console/node_modules/.package-lock.json");
    let lock = written("console/package-lock.json");
    matches!((own, lock), (Ok(own), Ok(lock)) if own >= lock)
}

fn npm(what: &str) -> Command {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(name);
    command.arg(what).current_dir(CONSOLE);
    command
}

/// Carries a command out, or tells what it said last.
fn carry_out(mut command: Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    let last = lines.len().saturating_sub(LAST_LINES);
    let last: Vec<&str> = lines.into_iter().skip(last).collect();
    let (status, last) = (output.status, last.join("\n"));
    Err(format!("{command:?} ended with {status}:\n{last}"))
}

/// Copies what was built, and tells names and places. Names with a dot at their start are not the
/// console's.
fn lay(from: &Path, to: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for path in children(from)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (target, name) = (to.join(&*name), format!("{prefix}{name}"));
        if path.is_dir() {
            lay(&path, &target, &format!("{name}/"), files)?;
        } else if !name.rsplit('/').next().unwrap_or_default().starts_with('.') {
            fs::copy(&path, &target)?;
            files.push((name, target));
        }
    }
    Ok(())
}

fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fs::create_dir_all(folder)
}

fn told(place: &'static str) -> impl Fn(io::Error) -> String {
    move |error| format!("{place}: {error}")
}

/// Tells something through cargo, which takes it line by line.
fn complain(kind: &str, what: &str, why: &str) {
    println!("cargo::{kind}={what}");
    for line in why.lines() {
        println!("cargo::{kind}=  {line}");
    }
}
