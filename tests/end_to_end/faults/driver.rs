//! Runs a row: puts its disturbances up, calls the plugin, disturbs it, and looks at everything that has to hold.

use std::thread::sleep;
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::patience::stretched;

use super::acts::{Act, Disturbances, Order};
use super::clients::unanswered;
use super::invariants;
use super::left::{LeftOver, wait_for_nothing};
use super::row::{At, Left, Row};
use super::running::{Exit, Running};
use super::service::Snapshot;
use super::setting::Setting;

/// What the cluster needs to take away what it was told to.
const TAKING_AWAY: Duration = Duration::from_secs(10);

/// The same after a node could not do it for a while.
const CATCHING_UP: Duration = Duration::from_mins(1);

/// Until every node says of itself that it is there.
const NODES_READY: &str = "kubectl wait --for=condition=Ready nodes --all --timeout=150s >/dev/null";

/// What came of a row.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) exit: Option<Exit>,
    /// As the table shows it.
    pub(super) left: String,
    /// What does not hold; nothing where all is well.
    pub(super) wrong: Vec<String>,
    /// What a person wants to know of a row that failed.
    pub(super) details: String,
}

/// A row under way.
struct Attempt<'a> {
    setting: &'a Setting<'a>,
    row: &'a Row,
    disturbances: Disturbances<'a>,
    /// The Service as it was, and as others than the plugin made it.
    known: Vec<Snapshot>,
    words: Vec<String>,
    left: String,
    wrong: Vec<String>,
}

/// What was seen before the plugin was called.
struct Before {
    /// None where nothing could be asked of the cluster.
    service: Option<Snapshot>,
    unanswered: Vec<String>,
}

/// Runs a row on a lab that stands as `base` says.
pub(super) fn run(lab: &Lab, row: &Row, base: &Snapshot) -> Outcome {
    let setting = Setting::new(lab, row.id);
    let mut attempt = Attempt {
        setting: &setting,
        row,
        disturbances: Disturbances::none(&setting),
        known: vec![base.clone()],
        words: Vec::new(),
        left: String::new(),
        wrong: Vec::new(),
    };
    let exit = attempt.play().map_err(|cause| attempt.wrong.push(cause)).ok();
    if let Some(exit) = &exit
        && let Err(cause) = attempt.judge_the_end(exit)
    {
        attempt.wrong.push(cause);
    }
    let details = attempt.details(exit.as_ref());
    Outcome { exit, left: attempt.left, wrong: attempt.wrong, details }
}

impl Attempt<'_> {
    /// From the first act to the last look at what is left. How the plugin ended, also where something was wrong.
    fn play(&mut self) -> Result<Exit, String> {
        let row = self.row;
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is of one lifetime only")]
        self.act(row.first, |disturbances, act| disturbances.apart(act))?;
        let before = self.look_before()?;
        let mut plugin = Running::start(self.setting, row);
        self.words.clone_from(&plugin.words);
        let steps = row.steps().try_for_each(|(at, acts)| self.step(&mut plugin, at, acts));
        let ended = steps.and_then(|()| plugin.end(stretched(Duration::from_secs(row.most))));
        let exit = ended.unwrap_or_else(|cause| {
            self.wrong.push(cause);
            plugin.kill()
        });
        if let Err(cause) = self.judge(&exit, &before) {
            self.wrong.push(cause);
        }
        Ok(exit)
    }

    /// Does several things, and notes what they make of the Service.
    fn act(&mut self, acts: &[Act], mut act: impl FnMut(&mut Disturbances<'_>, Act) -> Result<(), String>) -> Result<(), String> {
        let may_change = !self.disturbances.are_blinding() && acts.iter().any(|act| act.may_change_objects());
        let before = if may_change { Some(Snapshot::take(self.setting)?) } else { None };
        for one in acts {
            act(&mut self.disturbances, *one).map_err(|cause| format!("{one:?}: {cause}"))?;
        }
        if let Some(before) = before.filter(|_| !self.disturbances.are_blinding()) {
            let after = Snapshot::take(self.setting)?;
            if after.said != before.said {
                self.known.push(after);
            }
        }
        Ok(())
    }

    fn look_before(&self) -> Result<Before, String> {
        if self.disturbances.are_blinding() {
            return Ok(Before { service: None, unanswered: Vec::new() });
        }
        let service = Snapshot::take(self.setting)?;
        // A fix is there to change that.
        let may_be_healthy = self.row.codes.contains(&0) && self.row.means_healthy() && !self.row.command.starts_with("fix");
        let unanswered = if may_be_healthy { self.unanswered(&service)? } else { Vec::new() };
        Ok(Before { service: Some(service), unanswered })
    }

    fn unanswered(&self, service: &Snapshot) -> Result<Vec<String>, String> {
        unanswered(self.setting, service, self.row.nodes().as_deref())
    }

    /// Waits for the moment, disturbs, and lets the plugin go on.
    fn step(&mut self, plugin: &mut Running, at: At, acts: &[Act]) -> Result<(), String> {
        match at {
            At::Phase(phase) => plugin.reaches(&self.setting.phase(phase))?,
            At::Text(text) => plugin.says(text)?,
            At::Later(seconds) => sleep(Duration::from_secs(seconds)),
            At::Ended => {}
        }
        self.act(acts, |disturbances, act| disturbances.amid(act, plugin))?;
        if let At::Phase(phase) = at {
            self.setting.release(phase);
        }
        self.disturbances.run_out(plugin);
        Ok(())
    }

    /// What holds at the plugin's end and until all of it is gone.
    fn judge(&mut self, exit: &Exit, before: &Before) -> Result<(), String> {
        self.wrong.extend(invariants::of_exit(self.row, exit));
        if self.disturbances.end(Order::Sight) {
            self.setting.sh("until kubectl get --raw /readyz --request-timeout=2s; do sleep 0.5; done")?;
        }
        let after = Snapshot::take(self.setting)?;
        if let Some(service) = &before.service {
            self.wrong.extend(invariants::of_certainty(self.row, exit, service, &after));
        }
        if exit.code == 0 && self.row.means_healthy() {
            let unanswered = self.unanswered(&after)?;
            self.wrong.extend(invariants::of_health(exit, &unanswered));
            if before.service.as_ref() == Some(&after) {
                self.wrong.extend(invariants::of_health(exit, &before.unanswered));
            }
        }
        self.judge_what_is_left()
    }

    fn judge_what_is_left(&mut self) -> Result<(), String> {
        let setting = self.setting;
        let mut most = match self.row.left {
            Left::Nothing => TAKING_AWAY,
            Left::For(seconds) => Duration::from_secs(seconds),
        };
        let first = LeftOver::look(setting);
        if self.disturbances.end(Order::Nodes) {
            setting.sh(NODES_READY)?;
            most += CATCHING_UP;
        }
        let gone = wait_for_nothing(most, || LeftOver::look(setting));
        let how = self.note(gone);
        self.left = first.map_or_else(|_| "?".into(), |left| if left.is_nothing() { "nothing".into() } else { how });
        Ok(())
    }

    /// After how long all was gone; where it was not, that is wrong.
    fn note(&mut self, gone: Result<Duration, String>) -> String {
        match gone {
            Ok(after) => format!("gone after {:.0} s", after.as_secs_f64()),
            Err(left) => {
                self.wrong.push(left);
                "LEFT".into()
            }
        }
    }

    /// What is done after the plugin's end, and what holds then.
    fn judge_the_end(&mut self, exit: &Exit) -> Result<(), String> {
        std::fs::write(self.setting.path("stdout"), &exit.stdout).map_err(|cause| cause.to_string())?;
        std::fs::write(self.setting.path("stderr"), &exit.stderr).map_err(|cause| cause.to_string())?;
        let (row, calls) = (self.row, self.disturbances.calls.len());
        for act in row.afterwards() {
            self.disturbances.apart(*act).map_err(|cause| format!("{act:?}: {cause}"))?;
        }
        if self.disturbances.calls.len() > calls {
            let gone = wait_for_nothing(TAKING_AWAY, || LeftOver::look(self.setting));
            self.wrong.extend(gone.err());
        }
        for script in row.holds {
            if let Err(cause) = self.setting.sh(script) {
                self.wrong.push(format!("does not hold: {cause}"));
            }
        }
        let now = Snapshot::take(self.setting)?;
        // What another call says counts too.
        let told =
            Exit { stdout: format!("{}\n{}", exit.stdout, self.disturbances.calls.join("\n")), stderr: exit.stderr.clone(), ..*exit };
        self.wrong.extend(invariants::of_service(&told, &self.known, &now));
        Ok(())
    }

    fn details(&self, exit: Option<&Exit>) -> String {
        let printed = exit.map(|exit| {
            let took = exit.took.as_secs_f64();
            format!("exit code {} after {took:.1} s\n--- standard output\n{}\n--- standard error\n{}", exit.code, exit.stdout, exit.stderr)
        });
        let left = LeftOver::look(self.setting).map_or_else(|cause| cause, |left| left.to_string());
        format!(
            "{:#?}\n$ {}\n{}\n--- other calls\n{}\n--- left now\n{left}\n",
            self.row,
            self.words.join(" "),
            printed.unwrap_or_else(|| "it did not run".into()),
            self.disturbances.calls.join("\n"),
        )
    }
}
