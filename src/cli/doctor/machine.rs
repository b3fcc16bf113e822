//! What the operating system allows.

use std::{fs::Metadata, path::Path};

use super::finding::Finding;

const FILES: &str = "open files";

/// With fewer a server that many people follow runs out of them.
const FEW_FILES: u64 = 1024;

/// How many files a process may have open.
pub(super) fn look() -> Option<Finding> {
    most_files().map(files)
}

fn files(most: u64) -> Finding {
    match most < FEW_FILES {
        true => Finding::warn(
            FILES,
            format!("this user may have {most} files and connections open at once"),
            "raise it: LimitNOFILE of systemd, ulimit -n of a shell",
        ),
        false => Finding::ok(FILES, format!("{most} at once")),
    }
}

#[cfg(target_os = "linux")]
fn most_files() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    Some(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

/// Bytes that are left where a path lies, as far as that can be found out.
#[cfg(target_os = "linux")]
pub(super) fn free_space(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

/// The process that has a file locked, if one has.
#[cfg(target_os = "linux")]
pub(super) fn holder(file: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let inode = std::fs::metadata(file).ok()?.ino();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    holder_in(&locks, inode)
}

/// The process that holds the lock of an inode, in a list such as `/proc/locks`.
#[cfg(any(test, target_os = "linux"))]
fn holder_in(locks: &str, inode: u64) -> Option<u32> {
    let held = locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let kind = words.next()?;
        let (process, place) = (words.nth(2)?, words.next()?);
        let of = place.rsplit(':').next()?;
        (kind == "FLOCK" && of.parse() == Ok(inode)).then(|| process.to_owned())
    });
    held?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::path::Path;

    pub(in crate::cli::doctor) fn most_files() -> Option<u64> {
        None
    }

    pub(in crate::cli::doctor) fn free_space(_: &Path) -> Option<u64> {
        None
    }

    pub(in crate::cli::doctor) fn holder(_: &Path) -> Option<u32> {
        None
    }
}
#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{free_space, holder, most_files};

/// Whether others than those it is meant for can read what is there.
#[cfg(unix)]
pub(super) fn is_open_to_others(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    is_open(found.mode(), found.uid())
}

/// What root owns and a group may read is meant for that group: the server's own.
#[cfg(unix)]
fn is_open(mode: u32, owner: u32) -> bool {
    let meant = if owner == 0 { 0o750 } else { 0o700 };
    mode & 0o777 & !meant != 0
}

/// Whether others than the owner can read what is there; who may is not told in a way that is the same
/// everywhere.
#[cfg(not(unix))]
pub(super) fn is_open_to_others(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Grade;

    #[test]
    fn a_lock_is_found_by_its_inode() {
        let locks = "1: POSIX  ADVISORY  WRITE 12 fe:00:77 0 EOF\n\
                     2: FLOCK  ADVISORY  WRITE 4711 fe:00:78 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 4712 fe:00:78 0 EOF\n";
        assert_eq!(holder_in(locks, 78), Some(4711));
        assert_eq!(holder_in(locks, 77), None);
        assert_eq!(holder_in("", 77), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_group_may_read_what_root_has_given_it() {
        for (mode, owner, is_bad) in [
            (0o100_600, 1_000, false),
            (0o100_640, 1_000, true),
            (0o100_640, 0, false),
            (0o100_660, 0, true),
            (0o100_644, 0, true),
            (0o040_750, 0, false),
        ] {
            assert_eq!(is_open(mode, owner), is_bad, "{mode:o} of {owner}");
        }
    }

    #[test]
    fn few_files_are_worth_a_word() {
        assert_eq!(files(256).grade, Grade::Warn);
        assert_eq!(files(1024).grade, Grade::Ok);
    }
}
