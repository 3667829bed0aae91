//! Creates that do not give up at the first word of a server that is busy, or away for a moment.

use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::{MutatingWebhookConfiguration, RuleWithOperations, ValidatingWebhookConfiguration};
use kube::Api;
use kube::api::ListParams;
use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::kubernetes::Cluster;

/// For so long a request is tried again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Before the second try; then twice as long each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// How an object came to be.
pub(super) enum Created<T> {
    /// By this request.
    Now(T),
    /// By one before it, whose answer was lost.
    Before,
}

/// Tries until the object is there, or until something is said that does not pass.
pub(super) async fn insist<T>(mut create: impl AsyncFnMut() -> Result<T, Error>) -> Result<Created<T>, Error> {
    patiently(async || match create().await {
        Ok(object) => Ok(Created::Now(object)),
        // No run of somebody else has its random name.
        Err(Error::Conflict { message, .. }) if message.contains("already exists") => Ok(Created::Before),
        Err(cause) => Err(cause),
    })
    .await
}

/// Makes a request again and again, for as long as what it meets may pass.
pub(crate) async fn patiently<T>(mut request: impl AsyncFnMut() -> Result<T, Error>) -> Result<T, Error> {
    let (start, mut pause) = (Instant::now(), FIRST_PAUSE);
    loop {
        match request().await {
            Err(cause) if may_pass(&cause) && start.elapsed() + pause <= PATIENCE => sleep(pause).await,
            ended => return ended,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether a later try may do better: the server was not reached, had too much to do, or counted quota for another
/// object just then. A webhook that is down is not waited for.
fn may_pass(cause: &Error) -> bool {
    match cause {
        Error::Unreachable { .. } | Error::Overdue { .. } | Error::Conflict { .. } | Error::Api { code: Some(429 | 502..=504), .. } => true,
        Error::Api { code: Some(500), message, .. } => !message.contains("webhook"),
        _ => false,
    }
}

/// A create's failure in more words: who was asked before it, or what refused it.
pub(super) async fn explained(
    cluster: &Cluster,
    cause: Error,
    resource: &'static str,
    namespace: &str,
    refused: impl FnOnce(&str, &str) -> Error,
) -> Error {
    match cause {
        Error::Overdue { seconds, .. } => Error::CreationOverdue {
            resource,
            namespace: namespace.to_owned(),
            seconds,
            webhooks: Box::pin(webhooks(cluster, resource)).await,
        },
        Error::Forbidden { message, .. } | Error::Api { message, code: Some(400..=599), .. } => refused(namespace, &message),
        other => other,
    }
}

/// The webhooks that the server asks before it creates such an object; none where they may not be listed.
async fn webhooks(cluster: &Cluster, resource: &str) -> Vec<String> {
    let (validating, mutating): (Api<ValidatingWebhookConfiguration>, Api<MutatingWebhookConfiguration>) =
        (Api::all(cluster.client.clone()), Api::all(cluster.client.clone()));
    let params = ListParams::default();
    let lists = async { tokio::join!(validating.list(&params), mutating.list(&params)) };
    let Ok((validating, mutating)) = tokio::time::timeout(cluster.request_timeout, lists).await else { return Vec::new() };
    let validating =
        validating.into_iter().flat_map(|list| list.items).flat_map(|configuration| configuration.webhooks.unwrap_or_default());
    let mutating = mutating.into_iter().flat_map(|list| list.items).flat_map(|configuration| configuration.webhooks.unwrap_or_default());
    let named = validating.map(|webhook| (webhook.name, webhook.rules)).chain(mutating.map(|webhook| (webhook.name, webhook.rules)));
    named.filter(|(_, rules)| rules.iter().flatten().any(|rule| is_about(rule, resource))).map(|(name, _)| name).collect()
}

fn is_about(rule: &RuleWithOperations, resource: &str) -> bool {
    let has =
        |list: &Option<Vec<String>>, word: &str| list.iter().flatten().any(|listed| listed == word || listed == "*" || listed == "*/*");
    has(&rule.resources, resource) && has(&rule.operations, "CREATE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{NotReached, Server};

    fn api(code: u16, message: &str) -> Error {
        Error::Api { what: "create".into(), message: message.into(), code: Some(code) }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again_and_what_does_not_is_told_at_once() {
        let mut answers = vec![Ok(1), Err(api(429, "too many requests")), Err(api(503, "away"))];
        assert!(matches!(insist(async || answers.pop().unwrap()).await, Ok(Created::Now(1))));
        let server = Server { url: "https://s".into(), proxy: None };
        let lost = Error::Unreachable { server, cause: NotReached::Other("reset".into()) };
        let there = Error::Conflict { what: "create".into(), message: "pods \"p\" already exists".into() };
        let mut answers = vec![Err(there), Err(lost)];
        assert!(matches!(insist::<()>(async || answers.pop().unwrap()).await, Ok(Created::Before)));
        for refusal in [api(422, "invalid"), api(400, "denied"), api(500, "failed calling webhook \"a\"")] {
            let mut tries = 0;
            let mut refusal = Some(refusal);
            let ended = insist::<()>(async || {
                tries += 1;
                Err(refusal.take().unwrap())
            })
            .await;
            assert!(ended.is_err() && tries == 1);
        }
        let start = Instant::now();
        assert!(insist::<()>(async || Err(api(503, "away"))).await.is_err());
        assert!(start.elapsed() <= PATIENCE);
    }
}
