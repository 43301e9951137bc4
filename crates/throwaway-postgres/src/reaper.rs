//! Ends the server and removes its directory once whoever owns it is gone.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Error;

/// Sleeps on a pipe; everything else is in `reaper.sh`.
#[derive(Debug)]
pub(crate) struct Reaper {
    child: Child,
    directory: PathBuf,
}

impl Reaper {
    /// Watches over `directory` from now on.
    pub(crate) fn watch(directory: &Path) -> Result<Self, Error> {
        let child = Command::new("sh")
            .args(["-c", include_str!("reaper.sh")])
            .env("CLUSTER", directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(Error::system("sh"))?;
        // From here on whatever happens to us leaves nothing.
        let reaper = Self { child, directory: directory.to_owned() };
        // What the processes of the cluster are known by. Not an argument of the reaper, which would
        // then be known by it too.
        let name = directory.file_name().unwrap_or_default();
        std::fs::write(directory.join("name"), name.as_encoded_bytes())
            .map_err(Error::system(directory.display().to_string()))?;
        Ok(reaper)
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        // Closes the pipe first.
        let _ = self.child.wait();
        // In case somebody ended the reaper before us.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
