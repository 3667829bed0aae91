//! What a row of the matrix is made of. Texts of it may hold words that stand for something: `SERVICE` (the gateway's
//! name and namespace), `FOLDER` (the row's own) and `NAMESPACE` (a name that no other row uses).

use super::acts::Act;

/// One fault, and what has to hold in spite of it. What has to hold in any case is in [`super::invariants`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// That of the fault when it was found, with words behind it where several rows came of it.
    pub(super) id: &'static str,
    /// In words, for the printed table.
    pub(super) what: &'static str,
    pub(super) scene: Scene,
    /// In place before the command begins.
    pub(super) first: &'static [Act],
    /// The words behind `kubectl lbprobe`.
    pub(super) command: &'static str,
    pub(super) way: Way,
    /// `NAME=value`, each.
    pub(super) env: &'static [&'static str],
    /// By how much the client's clock is wrong, in words of libfaketime.
    pub(super) clock: Option<&'static str>,
    /// When what is done, in this order.
    pub(super) then: &'static [(At, &'static [Act])],
    /// The exit codes that are right.
    pub(super) codes: &'static [i32],
    /// Texts that are printed, however lines are broken.
    pub(super) says: &'static [&'static str],
    /// Texts that are not.
    pub(super) never: &'static [&'static str],
    /// Commands of bash that succeed in the end.
    pub(super) holds: &'static [&'static str],
    pub(super) sure: Sure,
    /// Seconds from the start to the exit, on a machine that does other work too.
    pub(super) most: u64,
    pub(super) left: Left,
    pub(super) tier: Tier,
}

/// How the lab stands before a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scene {
    /// The gateway on node1 under policy Local, and kube-proxies that take pods for strangers: pods of node2 and node3
    /// do not reach the load balancer.
    Local,
    /// The same under policy Cluster: everybody is answered.
    Cluster,
}

impl Scene {
    /// Its externalTrafficPolicy.
    pub(super) fn policy(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::Cluster => "Cluster",
        }
    }
}

/// How the plugin is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From a program that reads both of its streams.
    Plain,
    /// By bash, with these words behind the command.
    Redirected(&'static str),
    /// At a terminal of 80 columns.
    Terminal,
}

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// While the plugin waits at a phase of its own.
    Phase(&'static str),
    /// As soon as it has printed this.
    Text(&'static str),
    /// So many seconds after what came before.
    Later(u64),
    /// After it has ended and what it left is gone.
    Ended,
}

/// Whether "(confirmed)" may be said where the Service or its endpoints are others in the end than in the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// It may not.
    OfNothingThatMoved,
    /// It may: the plugin probes again after the change, or makes it itself.
    AfterProbingAgain,
}

/// What may outlive the plugin, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// No more than the cluster needs to take it away.
    Nothing,
    /// All of it for so many seconds.
    For(u64),
}

/// Which runs of the tests a row is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// All of them.
    Quick,
    /// `make test`.
    Full,
    /// `make faults`.
    Long,
}

/// `run` with nothing wrong but what the scene has wrong.
pub(super) const RUN: Row = Row {
    id: "",
    what: "",
    scene: Scene::Local,
    first: &[],
    command: "run SERVICE",
    way: Way::Plain,
    env: &[],
    clock: None,
    then: &[],
    codes: &[3],
    says: &[],
    never: &[],
    holds: &[],
    sure: Sure::OfNothingThatMoved,
    most: 60,
    left: Left::Nothing,
    tier: Tier::Long,
};

/// `watch`, for a while.
pub(super) const WATCH: Row = Row { command: "watch SERVICE --for 12s", ..RUN };

/// `fix` that makes a change which helps.
pub(super) const FIX: Row = Row {
    command: "fix SERVICE --strategy cluster --apply --yes --save FOLDER/save",
    codes: &[0],
    sure: Sure::AfterProbingAgain,
    most: 120,
    ..RUN
};

impl Row {
    /// What is done while the plugin runs.
    pub(super) fn steps(&self) -> impl Iterator<Item = (At, &'static [Act])> {
        self.then.iter().copied().filter(|(at, _)| *at != At::Ended)
    }

    /// What is done after it.
    pub(super) fn afterwards(&self) -> impl Iterator<Item = &'static Act> {
        self.then.iter().filter(|(at, _)| *at == At::Ended).flat_map(|(_, acts)| *acts)
    }

    /// The phases at which the plugin waits.
    pub(super) fn phases(&self) -> impl Iterator<Item = &'static str> {
        self.steps().filter_map(|(at, _)| if let At::Phase(phase) = at { Some(phase) } else { None })
    }

    /// All that is done.
    pub(super) fn acts(&self) -> impl Iterator<Item = &'static Act> {
        self.first.iter().chain(self.then.iter().flat_map(|(_, acts)| *acts))
    }

    /// Whether the exit code 0 says that everybody is answered.
    pub(super) fn means_healthy(&self) -> bool {
        matches!(self.command.split_whitespace().next(), Some("run" | "watch" | "verify" | "fix"))
    }

    /// The nodes that the command is about; none where it is about all.
    pub(super) fn nodes(&self) -> Option<Vec<&'static str>> {
        let mut words = self.command.split_whitespace().skip_while(|word| *word != "--node");
        words.nth(1).map(|nodes| nodes.split(',').collect())
    }
}
