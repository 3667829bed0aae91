//! A small HTTP server for Prometheus: it asks for the metrics when somebody scrapes them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::error::Error;

const PATH: &str = "/metrics";

/// What Prometheus asks for.
const OPEN_METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Connections at a time: a Prometheus or two, and somebody who looks.
const MOST_CONNECTIONS: usize = 16;

/// For a request's head to come.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that are open longer are no scrapes.
const LONGEST_CONNECTION: Duration = Duration::from_mins(15);

/// After a connection that could not be taken: the machine may have no more of them just now.
const PAUSE: Duration = Duration::from_millis(200);

/// Somebody who waits for the metrics.
pub(crate) type Scrape = oneshot::Sender<String>;

/// The server, which ends with this value.
pub(crate) struct MetricsServer {
    /// Where it listens, with the port that it was given where it asked for any.
    pub(crate) address: SocketAddr,
    scrapes: mpsc::Receiver<Scrape>,
    accepting: AbortHandle,
}

impl MetricsServer {
    /// Listens. An error where that address cannot be had.
    pub(crate) async fn start(address: SocketAddr) -> Result<Self, Error> {
        let error = |cause: std::io::Error| Error::Metrics { address, cause: cause.to_string() };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let bound = listener.local_addr().map_err(error)?;
        let (sender, scrapes) = mpsc::channel(MOST_CONNECTIONS);
        let accepting = tokio::spawn(accept(listener, sender)).abort_handle();
        Ok(Self { address: bound, scrapes, accepting })
    }

    /// The next who asks.
    pub(crate) async fn scrape(&mut self) -> Option<Scrape> {
        self.scrapes.recv().await
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, scrapes: mpsc::Sender<Scrape>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = tokio::task::JoinSet::new();
    while let Ok(place) = places.clone().acquire_owned().await {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let scrapes = scrapes.clone();
        connections.spawn(async move {
            let service = service_fn(|request| answer(request, scrapes.clone()));
            let mut server = http1::Builder::new();
            let connection =
                server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).serve_connection(TokioIo::new(stream), service);
            // Whoever breaks the connection off has no answer to wait for.
            let _ = tokio::time::timeout(LONGEST_CONNECTION, connection).await;
            drop(place);
        });
    }
}

async fn answer(request: Request<Incoming>, scrapes: mpsc::Sender<Scrape>) -> Result<Response<String>, Infallible> {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    Ok(match request.uri().path() {
        PATH if is_read => metrics(scrapes).await,
        PATH => of_status(StatusCode::METHOD_NOT_ALLOWED),
        _ => of_status(StatusCode::NOT_FOUND),
    })
}

async fn metrics(scrapes: mpsc::Sender<Scrape>) -> Response<String> {
    let (sender, receiver) = oneshot::channel();
    let asked = scrapes.send(sender).await.is_ok();
    match receiver.await {
        Ok(text) if asked => {
            let mut response = Response::new(text);
            response.headers_mut().insert(CONTENT_TYPE, OPEN_METRICS);
            response
        }
        // The watch has ended.
        _ => of_status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn of_status(status: StatusCode) -> Response<String> {
    let mut response = Response::new(format!("{status}\n"));
    *response.status_mut() = status;
    response
}
