//! What may follow on a command line. kubectl asks a program `kubectl_complete-NAME` beside a plugin, and takes the answer in
//! cobra's form (kubernetes#105867); that program is a line of script here, which asks the plugin itself.

mod offers;
mod script;

pub(crate) use offers::{Name, NameKind, Wanted, offers, wanted};
pub(crate) use script::{SCRIPT, script_file};
