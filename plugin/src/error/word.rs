//! What is wrong with a word of the user's, on the command line or in a file.

/// What is wrong with a word of the user's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongWord {
    #[error("a name is up to 253 of a-z, 0-9, '-' and '.', starting and ending with a letter or digit")]
    Name,
    #[error(
        "{0} is not a kind that can be probed: name a Service, svc/NAME, istiogateway/NAME, ingress/NAME, gateway/NAME, httproute/NAME, virtualservice/NAME, or a URL"
    )]
    Kind(String),
    #[error("{0} is not a scheme that can be probed: http, https, h2c, grpc, grpcs, tls and tcp are")]
    UrlScheme(String),
    #[error("{0:?} is not a host")]
    UrlHost(String),
    #[error("a URL with a user name or a password in it is not taken: it would stand in reports")]
    Password,
    #[error("{0} is not a kind that can be probed from: name a pod with pod/NAME, or a Deployment's pods with deploy/NAME")]
    PodKind(String),
    #[error("a namespace is up to 63 of a-z, 0-9 and '-', starting and ending with a letter or digit")]
    Namespace,
    #[error("an address to listen at is IP:PORT, as 127.0.0.1:9464, or :PORT for every address of this machine")]
    ListenAddress,
    #[error("a path has at most {most} bytes")]
    LongPath { most: usize },
    #[error("a path begins with / and has no spaces or line breaks")]
    Path,
    #[error("a host name has up to 253 letters, digits, -, ., _ and *")]
    Host,
    #[error("a method is GET or HEAD: a check changes nothing")]
    Method,
    #[error("a header is 'Name: value', in ASCII and without line breaks")]
    Header,
    #[error("a header has at most {most} bytes")]
    LongHeader { most: usize },
    #[error("the Host header is set by --host")]
    HostHeader,
    #[error("{0} is a header that the probe sets itself")]
    ReservedHeader(String),
    #[error("an answer tells the source in its body or in a header: body, body:REGEX, header:NAME or header:NAME:REGEX")]
    SourceFrom,
    #[error("this is no regular expression: {0}")]
    Pattern(String),
    #[error("a regular expression has at most {most} bytes here")]
    LongPattern { most: usize },
    #[error("a status is 200 to 599, a class as 2xx, or a range as 200-399")]
    Status,
    #[error("a gRPC service is up to 253 letters, digits, '.', '_', '-' and '/', shop.v1.Pay for instance")]
    GrpcService,
    #[error("a payload is an even number of hexadecimal digits, for at most {most} bytes")]
    Payload {
        /// As many bytes as it may have.
        most: usize,
    },
    #[error("a machine is ssh://HOST, ssh://USER@HOST or ssh://HOST:PORT, and another cluster context/NAME")]
    OutsidePlace,
    #[error("a port is 1 to 65535")]
    Port,
    #[error("a duration is 500ms, 5s or 1m, for instance")]
    Duration,
    #[error("a duration cannot be negative")]
    NegativeDuration,
    #[error("a label is KEY=VALUE, app.kubernetes.io/name=gateway for instance")]
    Label,
    #[error("a code is LBP and three digits, LBP002 for instance")]
    Code,
    #[error("a duration cannot be zero")]
    NoDuration,
    #[error("at least {0}")]
    AtLeast(&'static str),
    #[error("at most {0}")]
    AtMost(&'static str),
    #[error("from {0} to {1}")]
    NotBetween(&'static str, &'static str),
    #[error("none of the possible values")]
    NoneOfThese,
    #[error("a merge patch is a JSON object, {{\"spec\":{{…}}}} for instance")]
    Patch,
    #[error("not valid JSON: {0}")]
    Json(String),
}
