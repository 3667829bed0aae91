//! Fetching a probe's answer: from its log while it lingers, or from its termination message.

use std::time::Duration;

use futures::AsyncReadExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use lbprobe_analysis::observations::Unmeasured;
use lbprobe_analysis::words::printable;
use lbprobe_protocol::record::MOST_BYTES;
use lbprobe_protocol::{Plan, Record, RecordError};

use super::status::MESSAGE_CHARS;

/// Follows a pod's log until its record is whole, or for as long as `limit`. What came is the
/// answer, whatever it is: a refused request and a broken connection give an empty text.
pub(super) async fn follow_log(api: &Api<Pod>, name: &str, limit: Duration) -> String {
    let mut text = Vec::new();
    let reading = async {
        let params = LogParams { follow: true, limit_bytes: i64::try_from(MOST_BYTES).ok(), ..LogParams::default() };
        let Ok(mut log) = api.log_stream(name, &params).await else { return };
        let mut piece = [0; 8192];
        while let Ok(length @ 1..) = log.read(&mut piece).await {
            text.extend_from_slice(&piece[..length]);
            if text.len() > MOST_BYTES || Record::is_whole(&String::from_utf8_lossy(&text)) {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(limit, reading).await;
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads an answer; a text that is none says what it is.
pub(super) fn read(text: &str, plan: &Plan) -> Result<Record, Unmeasured> {
    Record::from_text(text, plan).map_err(|cause| {
        let hint = match cause {
            RecordError::Version(_) => "--image names a probe of this plugin's release",
            _ => "--image names the probe's image; another program's output is no answer",
        };
        let said = text.lines().map(str::trim).find(|line| !line.is_empty()).map(|line| format!("; it said: {line}"));
        let reason = format!("the probe gave no usable answer: {cause}{}", said.unwrap_or_default());
        Unmeasured { reason: printable(&reason, MESSAGE_CHARS), hint: Some(hint.into()) }
    })
}
