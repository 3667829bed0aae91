//! kubelet insists on some settings of the whole machine's kernel and writes them where they
//! differ. The lab shows it files that say what it wants, and leaves the machine alone.

use std::fs;
use std::path::Path;

use nix::mount::{MsFlags, mount};

use crate::error::{Context as _, LabError};
use crate::inside::STATE_FOLDER;

/// kubelet's `setupKernelTunables` in its container manager.
const WANTED: [(&str, &str); 6] = [
    ("vm/overcommit_memory", "1"),
    ("vm/panic_on_oom", "0"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
    ("kernel/keys/root_maxkeys", "1000000"),
    ("kernel/keys/root_maxbytes", "25000000"),
];

/// Covers each setting with a file of the wanted value.
pub fn cover() -> Result<(), LabError> {
    let folder = Path::new(STATE_FOLDER).join("sysctl");
    fs::create_dir_all(&folder).to("make a folder for settings")?;
    for (name, value) in WANTED {
        let file = folder.join(name.replace('/', "."));
        fs::write(&file, format!("{value}\n")).to(format!("write {}", file.display()))?;
        let setting = Path::new("/proc/sys").join(name);
        mount(Some(&file), &setting, None::<&str>, MsFlags::MS_BIND, None::<&str>).to(format!("cover {}", setting.display()))?;
    }
    Ok(())
}
