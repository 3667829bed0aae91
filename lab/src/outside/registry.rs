//! What is known of labs outside them: a folder each, with a lock that its janitor holds for as
//! long as the lab lives. A lock ends with its holder, so a crash cannot leave a false sign of life.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::error::{Context as _, LabError};
use crate::options::cgroup;
use crate::outside::cgroups;

const FOLDER: &str = "/run/lbprobe-lab";

/// The place of one lab.
#[derive(Clone, Debug)]
pub struct Place {
    name: String,
    folder: PathBuf,
}

impl Place {
    /// Of the lab of this name, whether it exists or not. The name becomes part of paths and of
    /// cgroup names, so it is kept simple.
    pub fn of(name: &str) -> Result<Self, LabError> {
        let simple = !name.is_empty()
            && name.len() <= 30
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if simple {
            Ok(Self { name: name.to_owned(), folder: Path::new(FOLDER).join(name) })
        } else {
            Err(LabError::Other(format!("{name:?} is no name for a lab: use up to 30 of a-z, 0-9 and -")))
        }
    }

    /// Every lab that left a folder, alive or not.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
        entries.filter_map(|entry| Self::of(entry.file_name().to_str()?).ok()).collect()
    }

    /// The lab's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the lab's folder in each cgroup hierarchy.
    #[must_use]
    pub fn cgroup(&self) -> String {
        cgroup(&self.name)
    }

    /// Takes the lab's lock, and makes its folder; none where a living lab holds it.
    pub fn lock(&self) -> Result<Option<Flock<File>>, LabError> {
        let _registry = registry()?;
        fs::create_dir_all(&self.folder).to(format!("make {}", self.folder.display()))?;
        self.try_lock()
    }

    /// The same for a lab that has a folder already; none where it has not.
    fn lock_left(&self) -> Result<Option<Flock<File>>, LabError> {
        let _registry = registry()?;
        if self.folder.exists() { self.try_lock() } else { Ok(None) }
    }

    fn try_lock(&self) -> Result<Option<Flock<File>>, LabError> {
        let path = self.folder.join("lock");
        let file = OpenOptions::new().create(true).append(true).open(&path).to(format!("open {}", path.display()))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(Some(lock)),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => Ok(None),
            Err((_, cause)) => Err(cause).to(format!("lock {}", path.display())),
        }
    }

    /// Whether the lab lives.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        // Nobody else may find the lock taken by this look at it.
        let Ok(_registry) = registry() else { return false };
        self.folder.exists() && matches!(self.try_lock(), Ok(None))
    }

    /// Notes the process that is PID 1 inside, by its id out here.
    pub fn note_init(&self, id: u32) -> Result<(), LabError> {
        fs::write(self.folder.join("init"), id.to_string()).to("note the lab's first process")
    }

    /// The process that is PID 1 inside, by its id out here; none before there is one.
    #[must_use]
    pub fn init(&self) -> Option<i32> {
        fs::read_to_string(self.folder.join("init")).ok()?.trim().parse().ok()
    }

    /// A path inside the lab, as seen from out here.
    #[must_use]
    pub fn inside(&self, path: &str) -> Option<PathBuf> {
        Some(PathBuf::from(format!("/proc/{}/root{path}", self.init()?)))
    }

    /// Ends the lab's first process, and so all of them. Nothing happens where none lives.
    pub fn kill(&self) {
        if let Some(init) = self.init().filter(|_| self.is_alive()) {
            let _ = kill(Pid::from_raw(init), Signal::SIGKILL);
        }
    }

    /// Removes what a lab leaves outside its namespaces, and its lock at last.
    pub fn sweep(&self, lock: Flock<File>) -> Result<(), LabError> {
        cgroups::remove(&self.cgroup())?;
        let _registry = registry()?;
        let removed = fs::remove_dir_all(&self.folder).to(format!("remove {}", self.folder.display()));
        drop(lock);
        removed
    }
}

/// Held for the moment in which a lab's folder is made or removed, or its lock is tried. Without it, a lab that looks
/// for dead ones takes the lock of another one that is just starting, or finds its folder gone between two steps.
fn registry() -> Result<Flock<File>, LabError> {
    fs::create_dir_all(FOLDER).to(format!("make {FOLDER}"))?;
    let folder = File::open(FOLDER).to(format!("open {FOLDER}"))?;
    Flock::lock(folder, FlockArg::LockExclusive).map_err(|(_, cause)| cause).to(format!("lock {FOLDER}"))
}

/// Removes what labs left whose janitor was killed with them.
pub fn sweep_dead() -> Result<(), LabError> {
    for place in Place::all() {
        if let Some(lock) = place.lock_left()? {
            place.sweep(lock)?;
        }
    }
    Ok(())
}
