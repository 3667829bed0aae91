//! The objects of a run: pure.
//!
//! A Job that never starts a pod owns everything: when its deadline passes, or somebody deletes it, the cluster's own
//! garbage collector removes the pods, whether this program lives or not. While it lives it puts the deadline off.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMap, Container, EmptyDirVolumeSource, EnvVar, EnvVarSource, EphemeralContainer, ExecAction, LocalObjectReference,
    ObjectFieldSelector, Pod, PodSecurityContext, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, SeccompProfile, Secret,
    SecretKeySelector, SecurityContext, Toleration, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use lbprobe_analysis::facts::Taint;
use lbprobe_analysis::plan::{Limits, Network, Vantage};
use lbprobe_protocol::{
    CARRIED_FOLDER, CARRIED_LOADER, HEARTBEAT_ARGUMENT, IDENTITY_VARIABLE, KERNEL_PROGRAM, MOST_VARIABLE_BYTES, NODE_ADDRESS_VARIABLE,
    PLAN_VARIABLE, PROBE_PROGRAM, Plan, SPARE_FOLDER,
};

use super::carried::CarriedProbe;
use super::delivery::{Carried, Delivery};
use super::sent;
use crate::client_certificate::ClientCertificate;
use crate::error::Error;
use crate::labels;
use crate::settings::Tolerations;

/// Carries the run's id on everything that a run creates.
pub(super) const RUN_LABEL: &str = "lbprobe/run";

/// Carries the number of the batch with which a pod is removed.
const BATCH_LABEL: &str = "lbprobe/batch";

/// Batches that are removed at a time: 2,000 pods went in 8.4 to 9.0 s by 20 requests at a time, in 14.1 to 14.3 s by one.
pub(super) const BATCHES_IN_FLIGHT: usize = 20;

/// Pods that one request removes. The server takes them one after the other, and ends a request after a minute: there are
/// to be batches enough for all requests that are in flight. Each costs it a look at all pods: there are not to be more.
const SMALLEST_BATCH: usize = 100;
const LARGEST_BATCH: usize = 250;

/// The container that is the probe; others may be put beside it.
pub(super) const CONTAINER: &str = "probe";

/// The volumes of a pod whose image is not the probe's.
const CARRIED_VOLUME: &str = "probe";
const SPARE_VOLUME: &str = "memory";

/// Neither root nor anyone: the uid that distroless images use for it.
const NOBODY: i64 = 65532;

/// Everything that the pods of a run share.
#[derive(Clone, Debug)]
pub(crate) struct RunSpec {
    /// The run's id.
    pub(crate) run: String,
    pub(crate) namespace: String,
    pub(crate) image: String,
    /// How the probe comes to the nodes.
    pub(crate) delivery: Delivery,
    pub(crate) pull_secrets: Vec<String>,
    pub(crate) tolerations: Tolerations,
    /// What pods on the host network may do.
    pub(crate) host_pods: HostPods,
    /// By which probes show who they are.
    pub(crate) client_certificate: Option<ClientCertificate>,
    /// How long things may take.
    pub(crate) limits: RunLimits,
    /// The longest that a pod may live, whatever becomes of this program.
    pub(crate) longest: Duration,
    /// What each probe is told.
    pub(crate) plans: ProbePlans,
}

/// What pods on the host network may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostPods {
    /// No more than others.
    Unprivileged,
    /// All that the node's root may: they ask the kernel, and see the node's processes.
    Privileged,
}

/// A pod of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PodNumber {
    /// Which vantage it is for, by the index in the plan.
    pub(super) vantage: usize,
    /// How many pods of that vantage were there before it, and could not start.
    pub(super) attempt: usize,
}

impl PodNumber {
    /// The first pod of a vantage.
    pub(super) const fn first(vantage: usize) -> Self {
        Self { vantage, attempt: 0 }
    }
}

/// By which name a Secret has the client certificate.
const SECRET_KEY: &str = "identity";

/// Where a pod's program comes from.
#[derive(Clone, Copy)]
enum Program<'a> {
    /// The image.
    Image(&'a str),
    /// ConfigMaps; the image is one that the node has.
    Carried(&'static CarriedProbe, &'a str),
}

/// What a container runs that is put into a pod of somebody.
#[derive(Clone, Copy)]
pub(super) enum PodProgram<'a> {
    /// The run's image.
    Image,
    /// So many bytes that come by standard input, in this image.
    Sent { image: &'a str, bytes: usize },
}

/// How long things of a run may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunLimits {
    /// A pod to start.
    pub(crate) start: Duration,
    /// A probe to answer, from its start; what its plan may take where nobody says so.
    pub(crate) answer: Option<Duration>,
    /// This program to give a sign of life, before the cluster removes everything by itself.
    pub(crate) deadline: Duration,
}

/// How many deadlines a kubelet may be silent before a watch on its node ends. A kubelet that is restarted or upgraded
/// is back much sooner; one that is gone could end nothing.
const SILENT_DEADLINES: u32 = 5;

/// The longest between two heartbeats, and how many may fail to come.
const LONGEST_HEARTBEAT: Duration = Duration::from_mins(1);
const HEARTBEATS_MISSED: u32 = 5;

impl RunLimits {
    /// How long a kubelet may be silent before a probe that keeps watch on its node ends by itself.
    pub(crate) fn kubelet_silence(&self) -> Duration {
        self.deadline.saturating_mul(SILENT_DEADLINES)
    }
}

/// What the probes of each network are told, and those in pods that the user named.
#[derive(Clone, Debug)]
pub(crate) struct ProbePlans {
    pod: EncodedPlan,
    host: EncodedPlan,
    named_pod: EncodedPlan,
}

/// A plan, and the text that carries it.
#[derive(Clone, Debug)]
struct EncodedPlan {
    plan: Plan,
    variable: String,
}

impl EncodedPlan {
    fn new(plan: Plan) -> Result<Self, Error> {
        let variable = plan.to_variable();
        if variable.len() > MOST_VARIABLE_BYTES {
            return Err(Error::PlanTooLarge { checks: plan.checks.len() });
        }
        Ok(Self { plan, variable })
    }
}

impl ProbePlans {
    /// Of the plans for each network; an error where one is more than a pod can be told.
    pub(crate) fn new(plan: impl Fn(Network) -> Plan) -> Result<Self, Error> {
        let pod = plan(Network::Pod);
        // Policies have long held for a pod that runs.
        let named_pod = Plan { wait_ms: 0, ..pod.clone() };
        Ok(Self { pod: EncodedPlan::new(pod)?, host: EncodedPlan::new(plan(Network::Host))?, named_pod: EncodedPlan::new(named_pod)? })
    }

    /// The longest that a probe with one of them may take, until its reader has its answer.
    pub(crate) fn longest(&self) -> Duration {
        let longest = |encoded: &EncodedPlan| encoded.plan.longest().saturating_add(Duration::from_millis(encoded.plan.linger_ms.into()));
        longest(&self.pod).max(longest(&self.host))
    }

    /// Those of a network.
    pub(crate) fn of(&self, network: Network) -> &Plan {
        &self.encoded(network).plan
    }

    /// That of a pod that the user named.
    pub(super) fn of_named_pod(&self) -> &Plan {
        &self.named_pod.plan
    }

    fn encoded(&self, network: Network) -> &EncodedPlan {
        match network {
            Network::Pod => &self.pod,
            Network::Host => &self.host,
        }
    }
}

/// An id that no other run has: eight hexadecimal digits from the system's random state.
pub(crate) fn new_run_id() -> String {
    format!("{:08x}", RandomState::new().hash_one(std::process::id()) & 0xffff_ffff)
}

/// What a probe may take beyond what its plan allows it.
const ANSWER_MARGIN: Duration = Duration::from_secs(5);

impl RunSpec {
    /// The longest that a pod may run without an answer.
    pub(super) fn answer_limit(&self) -> Duration {
        self.limits.answer.unwrap_or_else(|| self.plans.longest().saturating_add(ANSWER_MARGIN))
    }

    /// The longest that a probe goes on by itself on a node whose kubelet is gone.
    pub(crate) fn longest_without_kubelet(&self) -> Duration {
        let longest = self.plans.longest();
        if self.plans.of(Network::Pod).watch.is_some() { longest.min(self.limits.kubelet_silence() + LONGEST_HEARTBEAT) } else { longest }
    }

    /// The limits as a report tells them.
    pub(crate) fn limits_of_report(&self) -> Limits {
        let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        Limits {
            start_seconds: seconds(self.limits.start),
            answer_seconds: seconds(self.answer_limit()),
            deadline_seconds: seconds(self.limits.deadline),
        }
    }

    /// The name of the Job, and the beginning of the pods' names.
    pub(super) fn job_name(&self) -> String {
        format!("lbprobe-{}", self.run)
    }

    /// The name of a pod.
    pub(super) fn pod_name(&self, number: PodNumber) -> String {
        match number {
            PodNumber { vantage, attempt: 0 } => format!("lbprobe-{}-{vantage}", self.run),
            PodNumber { vantage, attempt } => format!("lbprobe-{}-{vantage}-{attempt}", self.run),
        }
    }

    /// What carries the probe to the nodes, where that is not its image.
    pub(super) fn config_maps(&self, job: &Job) -> Vec<ConfigMap> {
        let probes = self.delivery.as_carried().into_iter().flat_map(Carried::probes);
        let owned = |mut map: ConfigMap| {
            map.metadata.owner_references = Some(vec![owner(job)]);
            map
        };
        probes.flat_map(|probe| probe.config_maps(self)).map(owned).collect()
    }

    /// What brings the client certificate to the probes, where there is one.
    pub(super) fn secret(&self, job: Option<&Job>) -> Option<Secret> {
        let certificate = self.client_certificate.as_ref()?;
        let mut metadata = self.metadata(self.secret_name());
        metadata.owner_references = job.map(|job| vec![owner(job)]);
        Some(Secret {
            metadata,
            immutable: Some(true),
            string_data: Some([(SECRET_KEY.to_owned(), certificate.variable.clone())].into()),
            ..Secret::default()
        })
    }

    fn secret_name(&self) -> String {
        format!("{}-client", self.job_name())
    }

    /// What the probes of a network are told.
    fn variables(&self, network: Network) -> Vec<EnvVar> {
        let secret = SecretKeySelector { name: self.secret_name(), key: SECRET_KEY.into(), optional: Some(false) };
        let from_secret = EnvVarSource { secret_key_ref: Some(secret), ..EnvVarSource::default() };
        let identity = EnvVar { name: IDENTITY_VARIABLE.into(), value: None, value_from: Some(from_secret) };
        let mut variables = variables(self.plans.encoded(network));
        variables.extend(self.client_certificate.is_some().then_some(identity));
        variables
    }

    /// Selects everything of this run.
    pub(super) fn selector(&self) -> String {
        format!("{RUN_LABEL}={}", self.run)
    }

    /// Selects the pods of a batch.
    pub(super) fn batch_selector(&self, batch: usize) -> String {
        format!("{},{BATCH_LABEL}={batch}", self.selector())
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = labels::of_probes();
        labels.insert(RUN_LABEL.into(), self.run.clone());
        labels
    }

    pub(super) fn metadata(&self, name: String) -> ObjectMeta {
        let inject = ("sidecar.istio.io/inject".to_owned(), "false".to_owned());
        ObjectMeta { name: Some(name), labels: Some(self.labels()), annotations: Some([inject].into()), ..ObjectMeta::default() }
    }

    /// The Job that owns the run. Its template is never used, but must pass admission.
    pub(super) fn job(&self) -> Job {
        let seconds = i64::try_from(self.limits.deadline.as_secs()).unwrap_or(i64::MAX);
        let mut template = self.pod_spec(Network::Pod, Program::Image(&self.image));
        template.active_deadline_seconds = None;
        Job {
            metadata: self.metadata(self.job_name()),
            spec: Some(JobSpec {
                parallelism: Some(0),
                active_deadline_seconds: Some(seconds),
                ttl_seconds_after_finished: Some(0),
                backoff_limit: Some(0),
                template: PodTemplateSpec { metadata: None, spec: Some(template) },
                ..JobSpec::default()
            }),
            status: None,
        }
    }

    /// A pod of a vantage; an error where no image is left in which it could start. Not as a controller's: the Job would count it, and end it for
    /// being more than its parallelism.
    pub(super) fn pod(&self, number: PodNumber, vantage: &Vantage, taints: &[Taint], job: Option<&Job>) -> Result<Pod, Error> {
        let mut metadata = self.metadata(self.pod_name(number));
        metadata.owner_references = job.map(|job| vec![owner(job)]);
        let program = match self.delivery.as_carried() {
            None => Program::Image(&self.image),
            Some(carried) => {
                let (probe, image) = carried.to_node(&vantage.node, number.attempt).map_err(|why| Error::NotCarried { why })?;
                Program::Carried(probe, image)
            }
        };
        let mut spec = self.pod_spec(vantage.network, program);
        // Straight to the node: no scheduler's round trip, and cordons do not matter.
        spec.node_name = Some(vantage.node.clone());
        spec.tolerations = tolerations(self.tolerations, taints);
        Ok(Pod { metadata, spec: Some(spec), status: None })
    }

    fn pod_spec(&self, network: Network, program: Program<'_>) -> PodSpec {
        let secret = |name: &String| LocalObjectReference { name: name.clone() };
        let is_privileged = self.is_privileged(network);
        PodSpec {
            host_pid: is_privileged.then_some(true),
            containers: vec![self.container(network, program)],
            volumes: self.volumes(program),
            restart_policy: Some("Never".into()),
            // A host's resolv.conf does not know the cluster's names.
            dns_policy: Some(if network == Network::Host { "ClusterFirstWithHostNet" } else { "ClusterFirst" }.into()),
            host_network: (network == Network::Host).then_some(true),
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            termination_grace_period_seconds: Some(1),
            active_deadline_seconds: i64::try_from(self.longest.as_secs()).ok(),
            image_pull_secrets: Some(self.pull_secrets.iter().map(secret).collect()).filter(|secrets: &Vec<_>| !secrets.is_empty()),
            security_context: Some(if is_privileged { as_root() } else { as_nobody() }),
            ..PodSpec::default()
        }
    }

    fn is_privileged(&self, network: Network) -> bool {
        network == Network::Host && self.host_pods == HostPods::Privileged
    }

    /// The folder that the ConfigMaps bring, and one in memory for a node that runs no file without a name.
    fn volumes(&self, program: Program<'_>) -> Option<Vec<Volume>> {
        let Program::Carried(probe, _) = program else { return None };
        let memory = EmptyDirVolumeSource { medium: Some("Memory".into()), size_limit: Some(Quantity("16Mi".into())) };
        Some(vec![
            Volume { name: CARRIED_VOLUME.into(), projected: Some(probe.volume(self)), ..Volume::default() },
            Volume { name: SPARE_VOLUME.into(), empty_dir: Some(memory), ..Volume::default() },
        ])
    }

    /// The probe as a container of a pod that runs. No container of an earlier run, or with another program, has its name.
    pub(super) fn ephemeral_container(&self, program: PodProgram<'_>) -> EphemeralContainer {
        let (name, image) = match program {
            PodProgram::Image => (self.job_name(), self.image.as_str()),
            PodProgram::Sent { image, .. } => (format!("{}-sent", self.job_name()), image),
        };
        let container = EphemeralContainer {
            name,
            image: Some(image.to_owned()),
            image_pull_policy: Some("IfNotPresent".into()),
            env: Some(variables(&self.plans.named_pod)),
            security_context: Some(in_a_named_pod()),
            ..EphemeralContainer::default()
        };
        match program {
            PodProgram::Image => container,
            PodProgram::Sent { bytes, .. } => sent::receiving(container, &self.job_name(), bytes),
        }
    }

    fn container(&self, network: Network, program: Program<'_>) -> Container {
        let quantities = |cpu: &str, memory: &str| -> BTreeMap<String, Quantity> {
            [("cpu".to_owned(), Quantity(cpu.into())), ("memory".to_owned(), Quantity(memory.into()))].into()
        };
        let mount = |name: &str, path: &str| VolumeMount { name: name.into(), mount_path: path.into(), ..VolumeMount::default() };
        let is_privileged = self.is_privileged(network);
        let (image, policy, command, mounts) = match program {
            Program::Image(image) => (image, "IfNotPresent", is_privileged.then(|| vec![KERNEL_PROGRAM.into()]), None),
            Program::Carried(_, image) => (
                image,
                "Never",
                Some(vec![program_file(program)]),
                Some(vec![mount(CARRIED_VOLUME, CARRIED_FOLDER), mount(SPARE_VOLUME, SPARE_FOLDER)]),
            ),
        };
        Container {
            name: CONTAINER.into(),
            image: Some(image.into()),
            image_pull_policy: Some(policy.into()),
            command,
            volume_mounts: mounts,
            env: Some(self.variables(network)),
            // As little as a quota can count, so that full nodes take the pod too.
            resources: Some(ResourceRequirements {
                requests: Some(quantities("1m", "16Mi")),
                limits: Some(quantities("500m", "64Mi")),
                ..ResourceRequirements::default()
            }),
            security_context: Some(if is_privileged { privileged() } else { unprivileged() }),
            readiness_probe: self.plans.of(network).watch.map(|_| self.heartbeat(program)),
            ..Container::default()
        }
    }

    /// By which kubelet shows a probe that keeps watch that it is there. A readiness probe: nothing comes of one that
    /// fails, where a liveness probe would end the container.
    fn heartbeat(&self, program: Program<'_>) -> Probe {
        let period = (self.limits.kubelet_silence() / HEARTBEATS_MISSED).min(LONGEST_HEARTBEAT);
        Probe {
            exec: Some(ExecAction { command: Some(vec![program_file(program), HEARTBEAT_ARGUMENT.into()]) }),
            period_seconds: i32::try_from(period.as_secs()).ok(),
            timeout_seconds: Some(5),
            ..Probe::default()
        }
    }
}

/// What a probe is told.
fn variables(plan: &EncodedPlan) -> Vec<EnvVar> {
    let node_address = EnvVarSource {
        field_ref: Some(ObjectFieldSelector { api_version: None, field_path: "status.hostIP".into() }),
        ..EnvVarSource::default()
    };
    vec![
        EnvVar { name: PLAN_VARIABLE.into(), value: Some(plan.variable.clone()), value_from: None },
        EnvVar { name: NODE_ADDRESS_VARIABLE.into(), value: None, value_from: Some(node_address) },
    ]
}

fn as_nobody() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(NOBODY),
        run_as_group: Some(NOBODY),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..SeccompProfile::default() }),
        ..PodSecurityContext::default()
    }
}

fn as_root() -> PodSecurityContext {
    PodSecurityContext { run_as_user: Some(0), run_as_group: Some(0), ..PodSecurityContext::default() }
}

/// Its file system stays read-only: it has nothing to write.
fn privileged() -> SecurityContext {
    SecurityContext { privileged: Some(true), read_only_root_filesystem: Some(true), ..SecurityContext::default() }
}

fn unprivileged() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        read_only_root_filesystem: Some(true),
        capabilities: Some(Capabilities { add: None, drop: Some(vec!["ALL".into()]) }),
        ..SecurityContext::default()
    }
}

/// It says everything itself that PodSecurity *restricted* wants: the pod may say something else.
fn in_a_named_pod() -> SecurityContext {
    SecurityContext {
        run_as_non_root: Some(true),
        // Istio takes the connections of every user but its own, 1337.
        run_as_user: Some(NOBODY),
        run_as_group: Some(NOBODY),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..SeccompProfile::default() }),
        ..unprivileged()
    }
}

/// What a container runs: the probe, or the loader that becomes it.
fn program_file(program: Program<'_>) -> String {
    match program {
        Program::Image(_) => PROBE_PROGRAM.into(),
        Program::Carried(..) => format!("{CARRIED_FOLDER}/{CARRIED_LOADER}"),
    }
}

/// In which parts the pods of a run are removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batches {
    pods: usize,
    size: usize,
}

impl Batches {
    /// Those of so many pods.
    pub(super) fn of_pods(pods: usize) -> Self {
        Self { pods, size: (pods / BATCHES_IN_FLIGHT).clamp(SMALLEST_BATCH, LARGEST_BATCH) }
    }

    /// How many there are.
    pub(super) fn count(self) -> usize {
        self.pods.div_ceil(self.size)
    }

    /// The batch of a pod, by its index in the plan.
    pub(super) fn batch_of(self, index: usize) -> usize {
        index / self.size
    }

    /// Marks a pod as one of its batch.
    pub(super) fn mark(self, index: usize, pod: &mut Pod) {
        pod.metadata.labels.get_or_insert_default().insert(BATCH_LABEL.into(), self.batch_of(index).to_string());
    }
}

fn owner(job: &Job) -> OwnerReference {
    OwnerReference {
        api_version: "batch/v1".into(),
        kind: "Job".into(),
        name: job.metadata.name.clone().unwrap_or_default(),
        uid: job.metadata.uid.clone().unwrap_or_default(),
        controller: None,
        block_owner_deletion: None,
    }
}

fn tolerations(which: Tolerations, taints: &[Taint]) -> Option<Vec<Toleration>> {
    let of_taint = |taint: &Taint| Toleration {
        key: Some(taint.key.clone()),
        operator: Some("Equal".into()),
        value: Some(taint.value.clone().unwrap_or_default()),
        effect: Some(taint.effect.clone()),
        ..Toleration::default()
    };
    match which {
        Tolerations::None => None,
        Tolerations::All => Some(vec![Toleration { operator: Some("Exists".into()), ..Toleration::default() }]),
        Tolerations::Node => Some(taints.iter().map(of_taint).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::delivery::ImageDelivery;
    use super::*;

    fn run_spec() -> RunSpec {
        let plan = |_| Plan { version: 1, wait_ms: 0, linger_ms: 0, checks: Vec::new(), questions: Vec::new(), watch: None, kernel: None };
        RunSpec {
            run: "0011aabb".into(),
            namespace: "shop".into(),
            image: "probe".into(),
            delivery: Delivery::Image(ImageDelivery { may_fall_back: false, without_image: BTreeSet::new() }),
            pull_secrets: vec!["registry".into()],
            tolerations: Tolerations::Node,
            host_pods: HostPods::Unprivileged,
            client_certificate: None,
            limits: RunLimits { start: Duration::from_secs(20), answer: None, deadline: Duration::from_secs(90) },
            longest: Duration::from_mins(5),
            plans: ProbePlans::new(plan).unwrap(),
        }
    }

    #[test]
    fn a_pod_has_no_privilege_and_only_the_host_vantage_has_the_host_network() {
        for network in [Network::Pod, Network::Host] {
            let vantage = Vantage { node: "node2".into(), network };
            let spec = run_spec().pod(PodNumber::first(0), &vantage, &[], None).unwrap().spec.unwrap();
            assert_eq!(spec.host_network, (network == Network::Host).then_some(true));
            assert_eq!(spec.automount_service_account_token, Some(false));
            assert_eq!(spec.security_context.unwrap().run_as_non_root, Some(true));
            let context = spec.containers[0].security_context.clone().unwrap();
            assert_eq!(context.allow_privilege_escalation, Some(false));
            assert_eq!(context.read_only_root_filesystem, Some(true));
            assert_eq!(context.capabilities.unwrap().drop, Some(vec!["ALL".into()]));
            assert_eq!(spec.image_pull_secrets.unwrap()[0].name, "registry");
        }
    }

    #[test]
    fn of_a_look_into_the_kernel_the_host_vantage_alone_is_privileged() {
        let privileged = RunSpec { host_pods: HostPods::Privileged, ..run_spec() };
        for (network, is_privileged) in [(Network::Pod, None), (Network::Host, Some(true))] {
            let vantage = Vantage { node: "node2".into(), network };
            let spec = privileged.pod(PodNumber::first(0), &vantage, &[], None).unwrap().spec.unwrap();
            assert_eq!((spec.host_pid, spec.containers[0].security_context.clone().unwrap().privileged), (is_privileged, is_privileged));
        }
    }

    #[test]
    fn the_job_owns_pods_without_controlling_them() {
        let mut job = run_spec().job();
        job.metadata.uid = Some("uid".into());
        assert_eq!(job.spec.as_ref().unwrap().parallelism, Some(0));
        let vantage = Vantage { node: "node2".into(), network: Network::Pod };
        let taint = Taint { key: "dedicated".into(), value: Some("gateway".into()), effect: "NoExecute".into() };
        let pod = run_spec().pod(PodNumber::first(3), &vantage, &[taint], Some(&job)).unwrap();
        let owner = &pod.metadata.owner_references.unwrap()[0];
        assert_eq!((owner.uid.as_str(), owner.controller), ("uid", None));
        assert_eq!(pod.spec.unwrap().tolerations.unwrap()[0].value.as_deref(), Some("gateway"));
        assert!(pod.metadata.labels.unwrap()[RUN_LABEL] == "0011aabb");
    }
}
