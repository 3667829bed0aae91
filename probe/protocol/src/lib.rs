//! What the plugin and the probe say to each other.
//!
//! The plugin hands a [`Plan`] to each probe pod; the probe answers with a [`Record`] of
//! observations. The crate does no IO: [`variable`] turns a plan into text and back, [`record`]
//! does so with a record.

pub mod address;
pub mod event;
pub mod evidence;
mod identity;
pub mod kernel;
pub mod outcome;
pub mod pace;
mod percent;
pub mod plan;
pub mod record;
pub mod variable;

pub use address::may_be_a_load_balancers;
pub use event::{ProbeEvent, ProbeEventKind};
pub use evidence::{KubeProxyEvidence, MOST_DRAINED, NodeEvidence, NodeQuestion, Question, VirtualServer};
pub use identity::{IDENTITY_VARIABLE, identity_from_variable, identity_to_variable};
pub use kernel::{
    AddressRange, Arrivals, Flow, FlowFrom, FlowProtocol, KernelGap, KernelPart, KernelRecord, KernelRole, KernelSource, MOST_ARRIVALS,
    MOST_FLOWS, MOST_STEPS, StaleEntries, Step, StepVerdict, Tracked, Tracking, Tuple, VirtualConnection,
};
pub use outcome::{ConnectFailure, HttpFailure, Outcome, ResolveFailure, Stage, TlsFailure};
pub use pace::MOST_IN_FLIGHT;
pub use plan::{
    AnswerPart, Call, Check, CheckId, Datagram, Exchange, FollowUp, Header, Host, HttpProtocol, HttpRequest, MOST_PATTERN_SIZE,
    MOST_PAYLOAD_BYTES, Plan, SourceFrom, StatusRange, Watch, When, payload_bytes,
};
pub use record::{
    Answer, BehindProxy, Certificate, FollowedUp, HttpAnswer, HttpVersion, Observation, Record, RecordError, Redirect, RefusalCounts,
    Sample, SourceSeen, Trust,
};
pub use variable::{MOST_VARIABLE_BYTES, PlanError};

/// The version of plan and record. A probe refuses a plan of another version, and the plugin a
/// record of another version: the two are released together, but the image may be pinned.
pub const VERSION: u32 = 10;

/// The exit code of a probe that refuses its plan for being of another [`VERSION`].
pub const OTHER_VERSION_EXIT: u8 = 5;

/// The exit code of the loader where it cannot unpack the probe, or start it. The probe itself has no such code.
pub const NOT_UNPACKED_EXIT: u8 = 4;

/// The environment variable that holds the plan in a probe pod, as [`Plan::to_variable`] writes it.
pub const PLAN_VARIABLE: &str = "LBPROBE_PLAN";

/// The probe's program in its image.
pub const PROBE_PROGRAM: &str = "/lbprobe-probe";

/// The program in its image that looks into the kernel.
pub const KERNEL_PROGRAM: &str = "/lbprobe-kernel";

/// Where a pod without the probe's image finds what the run's ConfigMaps bring: the loader, which becomes the probe,
/// and the probe in parts.
pub const CARRIED_FOLDER: &str = "/lbprobe";

/// The loader's file in [`CARRIED_FOLDER`].
pub const CARRIED_LOADER: &str = "loader";

/// The beginning of the names of the probe's parts there; their numbers follow, from 0.
pub const CARRIED_PART: &str = "probe-";

/// The last bytes of a loader that brings the probe in its own file, where no ConfigMap can be mounted: behind the loader
/// stand the packed probe, its length as eight bytes, the lowest first, and this.
pub const APPENDED_MARK: [u8; 8] = *b"lbprobe\0";

/// A folder in memory in such a pod: for the probe's file where the node runs none without a name.
pub const SPARE_FOLDER: &str = "/lbprobe-memory";

/// Its first argument in the readiness probe of a pod that keeps watch, by which kubelet shows that it is there.
pub const HEARTBEAT_ARGUMENT: &str = "heartbeat";

/// Milliseconds after which an attempt without an answer is a symptom, counted from its first step and not from
/// its place in the queue: longer than an answer takes, and so short that what follows ends with the check that
/// called for it.
pub const SYMPTOM_MS: u32 = 400;

/// The environment variable that holds the address of the probe's node (`status.hostIP`).
pub const NODE_ADDRESS_VARIABLE: &str = "LBPROBE_NODE_ADDRESS";

/// Where kubelet reads the termination message: the default of a container's `terminationMessagePath`.
pub const TERMINATION_LOG: &str = "/dev/termination-log";

/// Bytes of a container's termination message that kubelet keeps
/// (`MaxContainerTerminationMessageLength` in kubelet's container runtime API).
pub const TERMINATION_MESSAGE_BYTES: usize = 4096;
