//! Commands for a guest: no namespace of this machine leads into it.
//!
//! One connection a command: a line of JSON there; frames back, each a kind, a length (four bytes,
//! big endian) and that many bytes: of standard output, of standard error, at last the exit code.
//! The command ends with the connection. Only the control plane's address is served.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::addresses::CONTROL;
use crate::error::{Context as _, LabError};

const PORT: u16 = 1022;
const OUTPUT: u8 = 1;
const ERRORS: u8 = 2;
const CODE: u8 = 3;

/// How long a guest that is asked again may take to accept: it may not be there yet.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);

/// The same for one that is there, and may have much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a command that could not be started is told to have ended with, as by a shell.
const NOT_FOUND: u8 = 127;

/// Serves in the background for as long as this process lives.
pub fn listen() -> Result<(), LabError> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).to("listen for commands")?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if stream.peer_addr().is_ok_and(|peer| peer.ip() == IpAddr::V4(CONTROL)) {
                thread::spawn(move || serve(stream));
            }
        }
    });
    Ok(())
}

fn serve(stream: TcpStream) -> io::Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut line)?;
    let words: Vec<String> = serde_json::from_str(&line)?;
    let frames = Arc::new(Mutex::new(stream));
    let [program, arguments @ ..] = words.as_slice() else { return Ok(()) };
    let spawned = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(cause) => {
            send(&frames, ERRORS, format!("{program}: {cause}\n").as_bytes())?;
            return send(&frames, CODE, &[NOT_FOUND]);
        }
    };
    let output = forward(child.stdout.take(), OUTPUT, &frames);
    let errors = forward(child.stderr.take(), ERRORS, &frames);
    let code = wait(&mut child, &mut reader)?;
    let _ = (output.join(), errors.join());
    send(&frames, CODE, &[code])
}

/// The caller says nothing after its line: the end of what it says is its end, and the command's.
fn wait(child: &mut Child, caller: &mut BufReader<TcpStream>) -> io::Result<u8> {
    caller.get_ref().set_read_timeout(Some(Duration::from_millis(20)))?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX));
        }
        if matches!(caller.read(&mut [0]), Ok(0)) {
            child.kill()?;
        }
    }
}

fn forward(source: Option<impl Read + Send + 'static>, kind: u8, frames: &Arc<Mutex<TcpStream>>) -> thread::JoinHandle<()> {
    let frames = Arc::clone(frames);
    thread::spawn(move || {
        let Some(mut source) = source else { return };
        let mut buffer = [0; 8192];
        while let Ok(length) = source.read(&mut buffer)
            && length > 0
            && send(&frames, kind, &buffer[..length]).is_ok()
        {}
    })
}

fn send(frames: &Mutex<TcpStream>, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let mut frame = vec![kind];
    frame.extend(length.to_be_bytes());
    frame.extend(bytes);
    frames.lock().map_err(|_| io::Error::other("a thread died while it sent"))?.write_all(&frame)
}

/// Runs a command in the guest at an address, with its output as this process's own.
pub fn run(guest: Ipv4Addr, words: &[String]) -> Result<ExitCode, LabError> {
    let code = connect(guest, PATIENCE).and_then(|stream| call(stream, words, &mut io::stdout().lock(), &mut io::stderr().lock()));
    code.map(ExitCode::from).to(format!("run {} in the guest at {guest}", words.join(" ")))
}

/// Whether a command ends well there; also false where no guest answers.
#[must_use]
pub fn succeeds(guest: Ipv4Addr, words: &[&str]) -> bool {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let code = connect(guest, SHORT_PATIENCE).and_then(|stream| call(stream, &words, &mut io::sink(), &mut io::sink()));
    code.is_ok_and(|code| code == 0)
}

fn connect(guest: Ipv4Addr, patience: Duration) -> io::Result<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::from((guest, PORT)), patience)
}

fn call(mut stream: TcpStream, words: &[String], output: &mut impl Write, errors: &mut impl Write) -> io::Result<u8> {
    writeln!(stream, "{}", serde_json::to_string(words)?)?;
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        stream.read_exact(&mut bytes)?;
        match head[0] {
            OUTPUT => output.write_all(&bytes)?,
            ERRORS => errors.write_all(&bytes)?,
            _ => {
                let _ = stream.shutdown(Shutdown::Both);
                return Ok(bytes.first().copied().unwrap_or(u8::MAX));
            }
        }
    }
}
