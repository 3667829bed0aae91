//! Something that is wrong in a lab for a while, and put right when it is dropped.

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;

/// Put right when it goes, also when the test fails.
pub(crate) struct Disturbance<'a> {
    lab: &'a Lab,
    undo: Vec<(String, String)>,
}

impl<'a> Disturbance<'a> {
    /// Nothing is wrong yet.
    pub(crate) fn in_lab(lab: &'a Lab) -> Self {
        Self { lab, undo: Vec::new() }
    }

    /// Runs a command of sh at a place of the lab, and another one there at the end.
    #[track_caller]
    pub(crate) fn with(mut self, place: &str, act: &str, undo: &str) -> Self {
        let output = self.lab.run_at(Vantage::named(place), &["sh", "-c", act]).unwrap();
        assert!(output.status.success(), "{act}: {}", String::from_utf8_lossy(&output.stderr));
        self.undo.push((place.to_owned(), undo.to_owned()));
        self
    }

    /// The same with kubectl.
    #[track_caller]
    pub(crate) fn kubectl(self, act: &str, undo: &str) -> Self {
        self.with("control", &format!("kubectl {act}"), &format!("kubectl {undo}"))
    }

    /// A chain of nftables, for as long as this lives.
    #[track_caller]
    pub(crate) fn rules(self, place: &str, hook: &str, rules: &str) -> Self {
        let table = format!("table inet disturbance {{ chain rules {{ type filter hook {hook}; {rules}; }}; }}");
        self.with(place, &format!("echo '{table}' | nft -f -"), "nft delete table inet disturbance")
    }
}

impl Drop for Disturbance<'_> {
    fn drop(&mut self) {
        for (place, undo) in self.undo.iter().rev() {
            let _ = self.lab.run_at(Vantage::named(place), &["sh", "-c", undo]);
        }
    }
}
