//! The login command of a kubeconfig: another program, which may hang, and whose words may hold secrets.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use kube::client::AuthError;
use kube::config::ExecInteractiveMode;
use kube::{Client, Config};
use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::words::printable;

use crate::error::{Error, KubeconfigProblem, LoginEnd};
use crate::terminal::say;

/// How long a person at a terminal gets to log in elsewhere, with a browser for instance.
const AT_A_TERMINAL: Duration = Duration::from_mins(3);

/// After this a person is told what is being waited for.
const QUIET: Duration = Duration::from_secs(3);

/// Characters of a login command's last line that are shown.
const MOST_CHARS: usize = 200;

/// What a login command without a name is called: by its section of the kubeconfig.
const UNNAMED: &str = "exec";

/// The name of the login command that a configuration has.
pub(super) fn command(config: &Config) -> Option<String> {
    config.auth_info.exec.as_ref().and_then(|exec| exec.command.as_deref()).map(name)
}

/// A client, after the login that the kubeconfig asks for.
pub(super) async fn client(mut config: Config, request_timeout: Duration) -> Result<Client, Error> {
    let command = command(&config);
    let is_attended = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if let Some(exec) =
        config.auth_info.exec.as_mut().filter(|exec| !is_attended && exec.interactive_mode != Some(ExecInteractiveMode::Always))
    {
        // Nobody could answer it, as with kubectl; and its words come to us.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    // The library runs the command, and waits for it where it is called.
    let login = tokio::task::spawn_blocking(move || Client::try_from(config));
    let Some(command) = command else { return made(login.await, None) };
    let limit = if is_attended { AT_A_TERMINAL } else { request_timeout };
    let waiting = async {
        tokio::time::sleep(QUIET.min(limit)).await;
        say(Message::WaitingForLogin { command: &command });
        tokio::time::sleep(limit.saturating_sub(QUIET)).await;
    };
    tokio::select! {
        logged_in = login => made(logged_in, Some(&command)),
        () = waiting => Err(Error::LoginOverdue { command: command.clone(), seconds: limit.as_secs_f32() }),
    }
}

fn made(login: Result<kube::Result<Client>, tokio::task::JoinError>, command: Option<&str>) -> Result<Client, Error> {
    match login {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(cause)) => Err(failure(&cause, command).unwrap_or_else(|| Error::Kubeconfig(KubeconfigProblem::Other(cause.to_string())))),
        Err(cause) => Err(Error::Kubeconfig(KubeconfigProblem::Other(cause.to_string()))),
    }
}

/// The login that failed, where that is what an error is about. Neither the command's environment nor its arguments nor
/// what it printed are shown: only its name, how it ended, and the last line of what it told people.
pub(super) fn failure(error: &(dyn std::error::Error + 'static), command: Option<&str>) -> Option<Error> {
    let mut current = Some(error);
    while let Some(cause) = current {
        let (ended, said) = match cause.downcast_ref::<AuthError>() {
            Some(AuthError::AuthExecRun { out, .. }) => (LoginEnd::Failed(out.status), last_line(&out.stderr)),
            Some(AuthError::AuthExecStart(cause)) => (LoginEnd::NotStarted(cause.to_string()), None),
            Some(AuthError::AuthExecParse(_)) => (LoginEnd::NoCredential, None),
            _ => {
                current = cause.source();
                continue;
            }
        };
        return Some(Error::Login { command: command.unwrap_or(UNNAMED).into(), ended, said });
    }
    None
}

fn last_line(stderr: &[u8]) -> Option<String> {
    let stderr = String::from_utf8_lossy(stderr);
    stderr.lines().rev().map(|line| printable(line, MOST_CHARS)).find(|line| !line.is_empty())
}

/// A program's name without the folder that it is in.
fn name(command: &str) -> String {
    let name = Path::new(command).file_name().map(|name| name.to_string_lossy().into_owned());
    printable(&name.unwrap_or_else(|| UNNAMED.into()), MOST_CHARS)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{ExitStatus, Output};

    use super::*;

    #[test]
    fn a_failed_login_tells_its_name_its_status_and_its_last_line_only() {
        let output = Output {
            status: ExitStatus::from_raw(3 << 8),
            stdout: b"STDOUT-SECRET".to_vec(),
            stderr: b"trace: STDERR-SECRET\n\x1b[31mlog in again with: get-token login\n\n".to_vec(),
        };
        let login = AuthError::AuthExecRun { cmd: r#"TOKEN="ENV SECRET" get-token --password ARG-SECRET"#.into(), out: Box::new(output) };
        let error = failure(&kube::Error::Auth(login), Some("get-token")).unwrap();
        let text = format!("{error} {:?}", error.hint());
        assert!(text.contains("get-token") && text.contains("exit status: 3") && text.contains("log in again"), "{text}");
        assert!(!text.contains("SECRET") && !text.contains('\u{1b}'), "{text}");
    }
}
