//! One line on standard error while the pods run; silent off a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pods::Progress;

/// The line; it is wiped when this value goes.
pub(crate) struct ProgressLine {
    bar: ProgressBar,
}

impl ProgressLine {
    pub(crate) fn start(service: &str) -> Self {
        // Off a terminal indicatif draws nothing on this target.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(format!("probing {service}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar }
    }

    pub(crate) fn show(&self, progress: Progress) {
        let Progress { pods, created, running, answered } = progress;
        self.bar.set_message(format!("pods: {created} of {pods} created, {running} running, {answered} answered"));
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
