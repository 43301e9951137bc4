//! Where the package's programs are, and whom they may run as.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;
use crate::error::run;

/// Where Debian's packages are, one directory per version.
const PACKAGES: &str = "/usr/lib/postgresql";
/// What must be there.
const NEEDED: [&str; 4] = ["initdb", "postgres", "psql", "pg_dump"];
/// Whom root runs the server as: the first of these that exists.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The programs of one version of PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    directory: PathBuf,
    user: Option<User>,
}

/// Whom root runs the server as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    /// The user's number.
    pub(crate) uid: u32,
    /// Its group's number.
    pub(crate) gid: u32,
}

impl Programs {
    /// The newest version of Debian's packages, else the one in PATH.
    pub(crate) fn find() -> Result<Self, Error> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let directory = find(Path::new(PACKAGES), &path).ok_or(Error::NotInstalled)?;
        Ok(Self { directory, user: unprivileged()? })
    }

    /// Whom the server must run as, if we are root.
    pub(crate) fn user(&self) -> Option<User> {
        self.user
    }

    /// A program that runs as we do, with nothing of our environment that would lead it elsewhere.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut command = Command::new(self.directory.join(name));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        command
    }

    /// A program that runs as the one who owns the data. Signals of our terminal do not reach it.
    pub(crate) fn server(&self, name: &str) -> Command {
        let mut command = self.client(name);
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command.env("LC_ALL", "C").process_group(0);
        command
    }
}

fn complete(directory: &Path) -> bool {
    NEEDED.iter().all(|name| directory.join(name).is_file())
}

fn find(packages: &Path, path: &OsStr) -> Option<PathBuf> {
    let version = |directory: &Path| -> Option<Vec<u32>> {
        directory.file_name()?.to_str()?.split('.').map(|part| part.parse().ok()).collect()
    };
    std::fs::read_dir(packages)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((version(&entry.path())?, entry.path().join("bin"))))
        .filter(|(_, programs)| complete(programs))
        .max()
        .map(|(_, programs)| programs)
        .or_else(|| std::env::split_paths(path).find(|programs| complete(programs)))
}

/// Somebody who is not root, if we are.
fn unprivileged() -> Result<Option<User>, Error> {
    let id = |words: &[&str]| {
        let number = run(Command::new("id").args(words))?.parse::<u32>();
        number.map_err(|error| Error::Program { program: "id".to_owned(), said: error.to_string() })
    };
    if id(&["-u"])? != 0 {
        return Ok(None);
    }
    let user =
        |name: &&str| Some(User { uid: id(&["-u", name]).ok()?, gid: id(&["-g", name]).ok()? });
    USERS.iter().find_map(user).map(Some).ok_or(Error::NoUser)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(directory: &Path) {
        std::fs::create_dir_all(directory).unwrap();
        for name in NEEDED {
            std::fs::write(directory.join(name), "").unwrap();
        }
    }

    #[test]
    fn the_newest_complete_package_comes_first_and_then_the_path() {
        let root = tempfile::tempdir().unwrap();
        let (packages, elsewhere) = (root.path().join("packages"), root.path().join("elsewhere"));
        let empty = root.path().join("empty");
        let path = std::env::join_paths([&empty, &elsewhere]).unwrap();
        assert_eq!(find(&packages, &path), None);
        install(&elsewhere);
        assert_eq!(find(&packages, &path), Some(elsewhere.clone()));
        for version in ["9.6", "15", "16"] {
            install(&packages.join(version).join("bin"));
        }
        // Only the clients of a newer version, and something that is no version.
        std::fs::remove_file(packages.join("16/bin/postgres")).unwrap();
        install(&packages.join("old/bin"));
        assert_eq!(find(&packages, &path), Some(packages.join("15/bin")));
        assert_eq!(find(&packages, OsStr::new("")), Some(packages.join("15/bin")));
    }

    #[test]
    fn what_is_missing_is_said_with_what_to_install() {
        assert!(Error::NotInstalled.to_string().contains("apt-get install postgresql"));
    }
}
