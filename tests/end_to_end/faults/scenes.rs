//! How the lab stands before a row: put right where the last row has left it otherwise.

use lbprobe_lab::Lab;
use serde_json::json;

use super::row::Scene;
use super::service::Snapshot;
use super::setting::Setting;
use crate::harness::{deploy, forget_gateways, settle};

/// Until the cluster answers, its nodes are there, and the gateway's last roll-out is over.
const QUIET: &str = "until kubectl get --raw /readyz --request-timeout=2s >/dev/null 2>&1; do sleep 0.5; done
kubectl wait --for=condition=Ready nodes --all --timeout=120s >/dev/null &&
{ kubectl rollout status deployment/istio-ingressgateway -n istio-system --timeout=90s >/dev/null || true; }";

pub(super) struct Scenes<'a> {
    lab: &'a Lab,
    last: Option<(Scene, Snapshot)>,
}

impl<'a> Scenes<'a> {
    /// Of a lab of which nothing is known.
    pub(super) fn of(lab: &'a Lab) -> Self {
        Self { lab, last: None }
    }

    /// Sets a scene; how it stands.
    pub(super) fn set(&mut self, scene: Scene) -> Snapshot {
        let setting = Setting::new(self.lab, "scene");
        setting.sh(QUIET).unwrap_or_else(|cause| panic!("{cause}"));
        let last = self.last.take().filter(|(last, _)| *last == scene);
        let kept = last.and_then(|(_, base)| self.put_right(&setting, scene, base));
        let base = kept.unwrap_or_else(|| {
            forget_gateways(self.lab);
            deploy(self.lab, &["node1"], scene.policy());
            look(&setting)
        });
        self.last = Some((scene, base.clone()));
        base
    }

    /// What a fix, a forger or a roll-out leaves is put right in a moment; nothing where more is wrong than that.
    fn put_right(&self, setting: &Setting<'_>, scene: Scene, base: Snapshot) -> Option<Snapshot> {
        let now = look(setting);
        if now == base {
            return Some(base);
        }
        if now.said.is_none() || !now.serves_on_node1() {
            return None;
        }
        if now.said != base.said {
            let merge = json!({
                "metadata": { "annotations": { "lbprobe/fix": null } },
                "spec": { "externalTrafficPolicy": scene.policy() },
            });
            setting.sh(&format!("kubectl patch service SERVICE --type=merge -p '{merge}'")).ok()?;
        }
        settle(self.lab);
        Some(look(setting)).filter(|now| now.is_same_service(&base) && now.serves_on_node1())
    }
}

fn look(setting: &Setting<'_>) -> Snapshot {
    Snapshot::take(setting).unwrap_or_else(|cause| panic!("{cause}"))
}
