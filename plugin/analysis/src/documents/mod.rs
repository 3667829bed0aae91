//! Documents: what is written for programs and people, in a form that is versioned and can be read back. A file a kind,
//! and one envelope for all.

mod acceptance_report;
mod dns_name_check;
mod envelope;
mod expectations_file;
mod explanation;
mod fields;
mod fix_proposals;
mod fix_report;
mod in_words;
mod node_classes;
mod overview;
mod preflight;
mod rehearsal;
mod rehearsal_proof;
mod report;
mod saved_facts;
mod verification;
mod watch_report;

pub use acceptance_report::{AcceptanceReport, Case, ServiceResult};
pub use dns_name_check::{AddressReferences, DnsNameCheck};
pub use envelope::{API_VERSION, DocumentKind, Envelope};
pub use expectations_file::expectations_of;
pub use explanation::Explanation;
pub use fix_proposals::{FixProposals, Proposal};
pub use fix_report::FixReport;
pub use overview::{Overview, OverviewBuilder, ServiceSummary};
pub use preflight::Preflight;
pub use rehearsal::{NodeGroup, Rehearsal, RehearsalBuilder, ServiceRehearsal, Transition};
pub use rehearsal_proof::RehearsalProof;
pub use report::Report;
pub use saved_facts::SavedFacts;
pub use verification::{Compared, ComparedPod, Failure, Verification};
pub use watch_report::WatchReport;
