use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::error::run;
use crate::programs::{Programs, User};
use crate::reaper::Reaper;
use crate::server::{Failed, Server, processes};
use crate::{Error, Settings};

/// The owner of every database.
const USER: &str = "quittance";
/// Ports to listen on: below those that the system gives to outgoing connections, so that the port is
/// still free when the server comes back.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How many ports are tried.
const TRIES: u16 = 100;
/// A path longer than this does not fit into the address of a socket.
const SOCKET_PATH_MAX: usize = 90;
/// Many tests run at once, each with some connections.
const CONNECTIONS: &str = "400";

/// A PostgreSQL server with its data; both are gone when it is dropped, or when its owner is.
pub struct Cluster {
    // Dropped first: ends the server before the reaper has to.
    server: Option<Server>,
    programs: Programs,
    settings: Settings,
    directory: PathBuf,
    port: u16,
    password: String,
    _reaper: Reaper,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("directory", &self.directory)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// Makes a cluster and starts its server.
    ///
    /// # Errors
    ///
    /// [`Error::NotInstalled`] if the package is missing; else whatever went wrong.
    pub fn start(settings: &Settings) -> Result<Self, Error> {
        let programs = Programs::find()?;
        let parent = settings.parent();
        let directory = tempfile::Builder::new()
            .prefix("throwaway-postgres-")
            .tempdir_in(&parent)
            .map_err(Error::system(parent.display().to_string()))?
            .keep();
        let reaper = match Reaper::watch(&directory) {
            Ok(reaper) => reaper,
            Err(error) => {
                let _ = fs::remove_dir_all(&directory);
                return Err(error);
            }
        };
        let [first, rest @ ..] = random()?;
        let password = rest.iter().map(|byte| format!("{byte:02x}")).collect();
        let settings = settings.clone();
        let mut cluster = Self {
            server: None,
            programs,
            settings,
            directory,
            port: 0,
            password,
            _reaper: reaper,
        };
        cluster.make_data()?;
        cluster.listen(usize::from(first))?;
        Ok(cluster)
    }

    /// The cluster of this process, for tests: [`Settings::fast`], started when first asked for.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`].
    pub fn shared() -> Result<&'static Self, &'static Error> {
        static SHARED: OnceLock<Result<Cluster, Error>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&Settings::fast())).as_ref()
    }

    /// The address of a database, such as `postgres://user:password@127.0.0.1:20123/books`.
    pub fn url(&self, database: &str) -> String {
        let Self { password, port, .. } = self;
        format!("postgres://{USER}:{password}@{}:{port}/{database}", Ipv4Addr::LOCALHOST)
    }

    /// The port of `127.0.0.1` it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are, and its socket.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        let text = fs::read(self.log_path()).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// A program of the package, such as `psql` or `pgbench`, that finds this server.
    pub fn program(&self, name: &str) -> Command {
        let mut command = self.programs.client(name);
        match self.socket() {
            Some(directory) => command.env("PGHOST", directory),
            None => command.env("PGHOST", Ipv4Addr::LOCALHOST.to_string()),
        };
        command
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", USER)
            .env("PGPASSWORD", &self.password);
        command
    }

    /// The processes of the server.
    pub fn processes(&self) -> Vec<u32> {
        processes(&self.name())
    }

    /// Whether it was not stopped.
    pub fn is_running(&self) -> bool {
        self.server.is_some()
    }

    /// Stops it in order: every transaction ends, and a checkpoint is written.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] if it is.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.server.take().ok_or(Error::Stopped)?.end("INT")
    }

    /// Stops it at once (PostgreSQL's immediate mode); the next start recovers from the log.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] if it is.
    pub fn stop_immediately(&mut self) -> Result<(), Error> {
        self.server.take().ok_or(Error::Stopped)?.end("QUIT")
    }

    /// `kill -9` of all its processes; the next start recovers from the log.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] if it is.
    pub fn kill(&mut self) -> Result<(), Error> {
        let name = self.name();
        self.server.take().ok_or(Error::Stopped)?.kill(&name)
    }

    /// Starts it again after it was stopped or killed: same data, same port. Returns once it takes
    /// connections; what runs is stopped immediately first.
    ///
    /// # Errors
    ///
    /// [`Error::NotStarted`] with the end of its log.
    pub fn restart(&mut self) -> Result<(), Error> {
        if self.is_running() {
            self.stop_immediately()?;
        }
        match Server::start(&mut self.postgres(), &self.log_path()) {
            Ok(server) => self.server = Some(server),
            Err(Failed::PortTaken(error) | Failed::Other(error)) => return Err(error),
        }
        Ok(())
    }

    /// Runs SQL with `psql` and answers the rows: columns parted by `|`, one row a line.
    ///
    /// # Errors
    ///
    /// [`Error::Program`] with what PostgreSQL says.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, Error> {
        let quietly = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"];
        run(self.program("psql").args(quietly).args(["-d", database, "-c", sql]))
    }

    fn make_data(&self) -> Result<(), Error> {
        let file = self.directory.join("password");
        fs::write(&file, &self.password).map_err(Error::system("a password file"))?;
        if let Some(User { uid, gid }) = self.programs.user() {
            for path in [&self.directory, &file] {
                chown(path, Some(uid), Some(gid))
                    .map_err(Error::system(format!("chown {}", path.display())))?;
            }
        }
        let mut initdb = self.programs.server("initdb");
        initdb
            .current_dir(&self.directory)
            .args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"])
            // Only a loss of power would show the difference.
            .arg("--no-sync")
            .args(["--username", USER, "--pwfile"])
            .arg(&file)
            .arg("-D")
            .arg(self.data());
        run(&mut initdb)?;
        fs::remove_file(&file).map_err(Error::system("a password file"))
    }

    /// Starts it on the first port that is free, beginning somewhere.
    fn listen(&mut self, somewhere: usize) -> Result<(), Error> {
        let ports = PORTS.cycle().skip(somewhere * PORTS.len() / 256);
        let mut taken = None;
        for port in ports.take(usize::from(TRIES)) {
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
                continue;
            }
            self.port = port;
            match Server::start(&mut self.postgres(), &self.log_path()) {
                Ok(server) => {
                    self.server = Some(server);
                    return Ok(());
                }
                // Somebody was faster.
                Err(Failed::PortTaken(error)) => taken = Some(error),
                Err(Failed::Other(error)) => return Err(error),
            }
        }
        Err(taken.unwrap_or_else(|| Error::NotStarted("no port is free".to_owned())))
    }

    fn postgres(&self) -> Command {
        let socket = self.socket().map(|path| path.display().to_string()).unwrap_or_default();
        let mut command = self.programs.server("postgres");
        command.current_dir(&self.directory).arg("-D").arg(self.data());
        for (name, value) in [
            ("port", self.port.to_string()),
            ("listen_addresses", Ipv4Addr::LOCALHOST.to_string()),
            ("unix_socket_directories", socket),
            ("max_connections", CONNECTIONS.to_owned()),
            ("timezone", "UTC".to_owned()),
            ("log_timezone", "UTC".to_owned()),
            // Also what its processes are found by.
            ("cluster_name", self.name()),
        ] {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.args(self.settings.arguments());
        command
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn name(&self) -> String {
        self.directory.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// The directory of the socket, if there is one.
    fn socket(&self) -> Option<&Path> {
        let short = self.directory.as_os_str().len() <= SOCKET_PATH_MAX;
        short.then_some(self.directory.as_path())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A server that was killed could not give its shared memory back; the next start does.
        if self.is_running() || self.restart().is_ok() {
            let _ = self.stop_immediately();
        }
    }
}

fn random() -> Result<[u8; 17], Error> {
    let mut bytes = [0; 17];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(Error::system("/dev/urandom"))?;
    Ok(bytes)
}
