//! Fetching a probe's answer: from its log while it lingers, or from its termination message.

use std::time::Duration;

use futures::AsyncReadExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use lbprobe_analysis::observations::Unmeasured;
use lbprobe_analysis::words::printable;
use lbprobe_protocol::{Plan, Record, RecordError};

use super::build::CONTAINER;
use super::status::MESSAGE_CHARS;

/// Follows a pod's log until its record is whole, or for as long as `limit`. What came is the
/// answer, whatever it is: a refused request and a broken connection give an empty text.
pub(super) async fn follow_log(api: &Api<Pod>, (name, container): (&str, &str), plan: &Plan, limit: Duration) -> String {
    let (mut text, most) = (Vec::new(), Record::most_bytes(plan));
    let params = LogParams { container: Some(container.into()), limit_bytes: i64::try_from(most).ok(), ..log_params() };
    let reading = async {
        let Ok(mut log) = api.log_stream(name, &params).await else { return };
        let mut piece = [0; 8192];
        while let Ok(length @ 1..) = log.read(&mut piece).await {
            text.extend_from_slice(&piece[..length]);
            if text.len() > most || Record::is_whole(&String::from_utf8_lossy(&text)) {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(limit, reading).await;
    String::from_utf8_lossy(&text).into_owned()
}

/// The probe's own log, whatever containers stand beside it.
pub(super) fn log_params() -> LogParams {
    LogParams { container: Some(CONTAINER.into()), follow: true, ..LogParams::default() }
}

/// Reads an answer; a text that is none says what it is.
pub(super) fn read(text: &str, plan: &Plan) -> Result<Record, Unmeasured> {
    Record::from_text(text, plan).map_err(|cause| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        let message = printable(&cause.to_string(), MESSAGE_CHARS);
        match (&cause, line) {
            // The kubelet, the runtime or the connection may be what is silent here.
            (_, None) => Unmeasured::NoAnswer,
            (RecordError::Version(_), _) => Unmeasured::OtherRelease { message },
            (RecordError::Missing(_), Some(line)) => Unmeasured::NotAProbe { message, line: printable(line, MESSAGE_CHARS) },
            (_, Some(_)) => Unmeasured::BadAnswer { message },
        }
    })
}
