//! One line on standard error while the pods run; silent off a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use lbprobe_analysis::text;
use lbprobe_analysis::text::messages::Message;

use crate::probes::RunProgress;
use crate::terminal::language;

/// A line that turns. Off a terminal indicatif draws nothing on standard error.
pub(super) fn spinner(message: String, template: &str, tick: Duration) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar.enable_steady_tick(tick);
    bar
}

/// The line; it is wiped when this value goes.
pub(crate) struct ProgressLine {
    bar: ProgressBar,
}

impl ProgressLine {
    pub(crate) fn start(service: &str) -> Self {
        Self { bar: spinner(text::message(Message::Probing { service }, language()), "{spinner} {wide_msg}", Duration::from_millis(120)) }
    }

    pub(crate) fn show(&self, progress: RunProgress) {
        let RunProgress { pods, created, running, answered } = progress;
        self.bar.set_message(text::message(Message::Progress { pods, created, running, answered }, language()));
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
