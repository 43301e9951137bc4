use std::process::{Command, Output, Stdio};

/// Why there is no server, or why it did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The programs are not there.
    #[error(
        "no PostgreSQL server was found, neither in /usr/lib/postgresql nor in PATH; install \
         Debian's package: apt-get install postgresql"
    )]
    NotInstalled,
    /// Root has nobody to run it as.
    #[error(
        "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as"
    )]
    NoUser,
    /// The server ended before it took connections.
    #[error("PostgreSQL did not start: {0}")]
    NotStarted(String),
    /// The server is not running.
    #[error("PostgreSQL is stopped; restart it first")]
    Stopped,
    /// A program failed.
    #[error("{program}: {said}")]
    Program {
        /// Its name.
        program: String,
        /// The last it said.
        said: String,
    },
    /// The system refused something.
    #[error("{what}: {error}")]
    System {
        /// What was to be done.
        what: String,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
}

impl Error {
    /// Names what the system refused.
    pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::System { what, error }
    }
}

fn name(command: &Command) -> String {
    let path = std::path::Path::new(command.get_program());
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Runs a program to its end and answers what it prints.
pub(crate) fn run(command: &mut Command) -> Result<String, Error> {
    let program = name(command);
    let output = command.stdin(Stdio::null()).output().map_err(Error::system(&*program))?;
    checked(&program, &output)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Fails with what a program said if it failed.
pub(crate) fn checked(program: &str, output: &Output) -> Result<(), Error> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    let said = if said.is_empty() { output.status.to_string() } else { said };
    Err(Error::Program { program: program.to_owned(), said })
}
