//! How key files are made, changed and put aside, so that at no instant a key is nowhere.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

use super::KeyFileError;
use crate::{
    draft,
    vault::{Vault, random_key},
};

/// What is in a key file.
pub(super) fn text(path: &Path) -> Result<SecretString, KeyFileError> {
    let text = fs::read_to_string(path).map_err(|cause| KeyFileError::Read {
        path: path.to_owned(),
        cause,
    })?;
    Ok(text.into())
}

/// Makes a key file, unless there is one; whether it did. Whoever looks sees no file or a whole one.
pub(super) fn make(path: &Path) -> io::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    let key = SecretString::from(STANDARD.encode(random_key().expose_secret()));
    let draft = write(path, &key)?;
    let linked = fs::hard_link(&draft, path);
    drop(fs::remove_file(&draft));
    match linked {
        Ok(()) => Ok(true),
        Err(_) if path.exists() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes keys to a file of nobody else's, beside the one that it is to become.
fn write(path: &Path, keys: &SecretString) -> io::Result<PathBuf> {
    let (draft, mut file) = draft::begin(path)?;
    let written = writeln!(file, "{}", keys.expose_secret().trim_end());
    if let Err(error) = written.and_then(|()| file.sync_all()) {
        drop(fs::remove_file(&draft));
        return Err(error);
    }
    Ok(draft)
}

/// Removes what a command left behind that was stopped while it changed a key file: there are keys
/// in it. Nobody else may be changing the file.
///
/// # Errors
///
/// [`KeyFileError::Write`].
pub fn sweep(path: &Path) -> Result<(), KeyFileError> {
    let swept = fs::canonicalize(path).and_then(|real| {
        draft::sweep(path, Duration::ZERO)?;
        draft::sweep(&real, Duration::ZERO)
    });
    swept.map_err(|cause| unchanged(path, cause))
}

/// Puts a new key before those in a file. Whoever looks sees the file as it was, or as it is.
///
/// # Errors
///
/// [`KeyFileError::Write`]; then the file is as it was. [`KeyFileError::Unsure`].
pub fn add_key(path: &Path) -> Result<(), KeyFileError> {
    let before = text(path)?;
    let key = STANDARD.encode(random_key().expose_secret());
    let keys = format!("{key}\n{}", before.expose_secret());
    write_over(path, &keys.into())
}

/// Makes sure that a key file is there after a power failure, whoever wrote it: what is sealed with
/// its first key may be by then.
///
/// # Errors
///
/// [`KeyFileError::Unsure`].
pub fn make_sure(path: &Path) -> Result<(), KeyFileError> {
    let sure = fs::canonicalize(path).and_then(|real| {
        fs::File::open(&real)?.sync_all()?;
        draft::settle(&real)
    });
    sure.map_err(|cause| unsure(path, cause))
}

/// Leaves the first key alone in its file, and every other in a file of its own beside it: copies
/// of the database that were made before need them. The files of those.
///
/// # Errors
///
/// [`KeyFileError::Write`]; then the key file is as it was. [`KeyFileError::Unsure`].
pub fn retire_others(path: &Path) -> Result<Vec<PathBuf>, KeyFileError> {
    let before = text(path)?;
    let lines = before.expose_secret().lines().map(str::trim);
    let mut keys = lines.filter(|line| !line.is_empty());
    let first = SecretString::from(keys.next().unwrap_or_default());
    let mut retired = Vec::new();
    for key in keys.map(SecretString::from) {
        let id = Vault::from_base64(&key).map_err(|cause| KeyFileError::Key {
            path: path.to_owned(),
            cause,
        })?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.old", id.sealing_key()));
        let beside = PathBuf::from(beside);
        put_aside(path, &beside, &key).map_err(|cause| unchanged(&beside, cause))?;
        retired.push(beside);
    }
    write_over(path, &first)?;
    Ok(retired)
}

/// Puts a key into a file of its own, and makes sure that it is there.
fn put_aside(path: &Path, beside: &Path, key: &SecretString) -> io::Result<()> {
    if !holds(beside, key)? {
        let draft = write(path, key)?;
        if let Err(error) = fs::rename(&draft, beside) {
            drop(fs::remove_file(&draft));
            return Err(error);
        }
    }
    fs::File::open(beside)?.sync_all()?;
    draft::settle(beside)
}

/// Whether a file holds a key; one that holds nothing of use can be written over.
fn holds(file: &Path, key: &SecretString) -> io::Result<bool> {
    let kept = match fs::read_to_string(file) {
        Ok(kept) => SecretString::from(kept),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        // No text, so no key.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut lines = kept.expose_secret().lines().map(str::trim);
    if lines.any(|line| line == key.expose_secret()) {
        return Ok(true);
    }
    match Vault::from_base64(&kept) {
        // A key that may be nowhere else.
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        // Somebody pulled the plug while it was written.
        Err(_) => Ok(false),
    }
}

/// Puts other keys in the place of those in a file, at once, for whoever could read it before.
fn write_over(path: &Path, keys: &SecretString) -> Result<(), KeyFileError> {
    // A link stays one.
    let real = fs::canonicalize(path).map_err(|cause| unchanged(path, cause))?;
    let draft = write(&real, keys).map_err(|cause| unchanged(path, cause))?;
    let replaced = take_after(&draft, &real).and_then(|()| fs::rename(&draft, &real));
    if replaced.is_err() {
        drop(fs::remove_file(&draft));
    }
    replaced.map_err(|cause| unchanged(path, cause))?;
    draft::settle(&real).map_err(|cause| unsure(path, cause))
}

/// Gives a file the owner and the permissions of another.
fn take_after(draft: &Path, path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let made = fs::metadata(draft)?;
        if (made.uid(), made.gid()) != (metadata.uid(), metadata.gid()) {
            chown(draft, Some(metadata.uid()), Some(metadata.gid()))?;
        }
    }
    fs::set_permissions(draft, metadata.permissions())
}

fn unchanged(path: &Path, cause: io::Error) -> KeyFileError {
    KeyFileError::Write {
        path: path.to_owned(),
        cause,
    }
}

fn unsure(path: &Path, cause: io::Error) -> KeyFileError {
    KeyFileError::Unsure {
        path: path.to_owned(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_key() -> String {
        STANDARD.encode(random_key().expose_secret())
    }

    fn old_file(path: &Path, key: &str) -> PathBuf {
        let id = Vault::from_base64(&key.into()).unwrap().sealing_key();
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{id}.old"));
        name.into()
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_may_read_a_key_that_was_made() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.key");
        assert!(make(&path).unwrap());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_old_key_leaves_only_when_it_lies_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.key");
        let (new, old) = (new_key(), new_key());
        let aside = old_file(&path, &old);
        // Nothing, or as much of it as was written before somebody pulled the plug.
        for left in ["", "\n", &old[..20], &old, &format!("{old}\n")] {
            fs::write(&path, format!("{new}\n{old}\n")).unwrap();
            fs::write(&aside, left).unwrap();
            let retired = retire_others(&path).unwrap();
            assert_eq!(retired, std::slice::from_ref(&aside), "{left:?}");
            assert_eq!(fs::read_to_string(&path).unwrap().trim(), new);
            assert_eq!(fs::read_to_string(&aside).unwrap().trim(), old, "{left:?}");
        }
        // Somebody's key lies there.
        let both = format!("{new}\n{old}\n");
        fs::write(&path, &both).unwrap();
        let foreign = new_key();
        fs::write(&aside, &foreign).unwrap();
        let refused = retire_others(&path);
        assert!(matches!(refused, Err(KeyFileError::Write { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), both);
        assert_eq!(fs::read_to_string(&aside).unwrap(), foreign);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn keys_that_a_command_left_behind_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.key");
        assert!(make(&path).unwrap());
        write(&path, &new_key().into()).unwrap();
        sweep(&path).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
