//! The question of gRPC's health checking protocol, and its answer: `grpc.health.v1.Health/Check` of grpc-proto's health.proto.
//! A message of one field each way is written and read here: a gRPC library would be several times the probe's size.

use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::{Body, Bytes};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE};
use lbprobe_protocol::HttpFailure;

/// What is called.
pub(crate) const PATH: &str = "/grpc.health.v1.Health/Check";

/// The field `service` of the request, of wire type "length-delimited"; the field `status` of the response, a varint.
const SERVICE_FIELD: u8 = 1 << 3 | 2;
const STATUS_FIELD: u8 = 1 << 3;

/// `SERVING` of `HealthCheckResponse.ServingStatus`.
const SERVING: u8 = 1;

/// The flag and the length in front of each message (gRPC over HTTP/2, "Length-Prefixed-Message").
const PREFIX_BYTES: usize = 5;

/// Bytes of an answer that are kept: the prefix and one field.
const MOST_BYTES: usize = 64;

/// `UNKNOWN`, which gRPC has where a call ends without a status.
const UNKNOWN: u16 = 2;

/// The headers of each call.
pub(crate) fn headers() -> [(HeaderName, HeaderValue); 2] {
    [(CONTENT_TYPE, HeaderValue::from_static("application/grpc")), (TE, HeaderValue::from_static("trailers"))]
}

/// The request's body.
pub(crate) fn question(service: &str) -> Bytes {
    let mut message = Vec::new();
    if !service.is_empty() {
        message.push(SERVICE_FIELD);
        varint(service.len(), &mut message);
        message.extend_from_slice(service.as_bytes());
    }
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut body = vec![0];
    body.extend_from_slice(&length.to_be_bytes());
    body.append(&mut message);
    body.into()
}

/// Seven bits a byte, the lowest first; all but the last have the highest bit set.
fn varint(mut number: usize, to: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return to.push(low & 0x7f);
        }
        to.push(low | 0x80);
    }
}

/// What a server says of itself.
pub(crate) async fn verdict(response: Response<impl Body<Data = Bytes> + Unpin>) -> Result<(), HttpFailure> {
    let http = response.status().as_u16();
    if http != 200 {
        return Err(HttpFailure::Status(http));
    }
    let (parts, mut body) = response.into_parts();
    // A call that comes to nothing may have its status among the headers.
    let mut status = grpc_status(&parts.headers);
    let mut message = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(data) = frame.data_ref() {
            message.extend(data.iter().take(MOST_BYTES.saturating_sub(message.len())));
        }
        status = frame.trailers_ref().and_then(grpc_status).or(status);
    }
    match status {
        Some(0) if says_serving(&message) => Ok(()),
        Some(0) => Err(HttpFailure::NotServing),
        status => Err(HttpFailure::GrpcStatus(status.unwrap_or(UNKNOWN))),
    }
}

fn grpc_status(headers: &HeaderMap) -> Option<u16> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// A status that is not there is 0, which means that it is not known.
fn says_serving(message: &[u8]) -> bool {
    message.get(PREFIX_BYTES..) == Some(&[STATUS_FIELD, SERVING])
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    async fn of(status: u16, message: &'static [u8], trailer: Option<&'static str>) -> Result<(), HttpFailure> {
        let trailers =
            trailer.map(|status| Frame::trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())])));
        let frames = [Frame::data(Bytes::from_static(message))].into_iter().chain(trailers).map(Ok::<_, Infallible>);
        verdict(Response::builder().status(status).body(StreamBody::new(futures::stream::iter(frames))).unwrap()).await
    }

    #[tokio::test]
    async fn only_a_server_that_says_so_serves() {
        assert_eq!(of(200, &[0, 0, 0, 0, 2, 8, 1], Some("0")).await, Ok(()));
        assert_eq!(of(200, &[0, 0, 0, 0, 2, 8, 2], Some("0")).await, Err(HttpFailure::NotServing));
        assert_eq!(of(200, &[0, 0, 0, 0, 0], Some("0")).await, Err(HttpFailure::NotServing), "not known");
        assert_eq!(of(200, &[], Some("12")).await, Err(HttpFailure::GrpcStatus(12)));
        assert_eq!(of(200, &[0, 0, 0, 0, 2, 8, 1], None).await, Err(HttpFailure::GrpcStatus(2)), "it broke off");
        assert_eq!(of(502, b"<html>", None).await, Err(HttpFailure::Status(502)));
        let endless: &'static [u8] = &[7; 4096];
        assert_eq!(of(200, endless, Some("0")).await, Err(HttpFailure::NotServing));
    }

    #[test]
    fn a_question_is_a_message_with_its_length() {
        assert_eq!(&question("")[..], [0, 0, 0, 0, 0]);
        assert_eq!(&question("pay")[..], [0, 0, 0, 0, 5, 10, 3, b'p', b'a', b'y']);
        let long = question(&"x".repeat(300));
        assert_eq!(long[..8], [0, 0, 0, 1, 47, 10, 0xac, 2]);
    }
}
