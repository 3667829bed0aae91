//! Whether the probe's image is what its release signed: asked of cosign, the program that knows.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use lbprobe_analysis::words::printable;
use tokio::process::Command;

use crate::error::{Error, NotVerified};
use crate::settings::Signer;

/// The program.
const COSIGN: &str = "cosign";

/// Who signs releases: this project's release workflow, at a tag of a version.
const IDENTITY: &str = r"^https://github\.com/kubectl-lbprobe/kubectl-lbprobe/\.github/workflows/release\.yaml@refs/tags/v[0-9.]+$";

/// Who vouches for that.
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Whoever signs a copy with a key of their own trusts that key, and rarely has an entry in a public log.
const KEY_ALONE: [&str; 1] = ["--insecure-ignore-tlog=true"];

/// It asks a registry and a transparency log.
const LIMIT: Duration = Duration::from_mins(1);

/// Characters of its last line that are shown.
const MOST_CHARS: usize = 300;

/// Fails unless the image's digest is signed.
pub(crate) async fn verify(image: &str, signer: &Signer) -> Result<(), Error> {
    verify_with(Path::new(COSIGN), image, signer).await
}

async fn verify_with(program: &Path, image: &str, signer: &Signer) -> Result<(), Error> {
    if !is_pinned(image) {
        return Err(Error::ImageNotPinned { image: image.to_owned() });
    }
    let unverified = |cause: NotVerified| Error::ImageUnverified { image: image.to_owned(), cause };
    let mut command = Command::new(program);
    command.arg("verify");
    match signer {
        Signer::Release => command.args(["--certificate-identity-regexp", IDENTITY, "--certificate-oidc-issuer", ISSUER]),
        Signer::Key(file) => command.arg("--key").arg(file).args(KEY_ALONE),
    };
    command.arg(image).stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(cause)) => {
            return Err(unverified(NotVerified::NotStarted { program: program.display().to_string(), cause: cause.to_string() }));
        }
        Err(_) => return Err(unverified(NotVerified::Overdue { seconds: LIMIT.as_secs() })),
    };
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.lines().rev().map(|line| printable(line, MOST_CHARS)).find(|line| !line.is_empty());
    Err(unverified(NotVerified::Refused(last.unwrap_or_else(|| output.status.to_string()))))
}

/// Whether a reference names one image for ever: a tag may be moved after it was verified.
fn is_pinned(image: &str) -> bool {
    let is_digest = |digest: &str| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    // What begins with a dash would be a flag.
    image.split_once("@sha256:").is_some_and(|(name, digest)| !name.is_empty() && !name.starts_with('-') && is_digest(digest))
}

/// A program in cosign's place shows what it is asked, and what is made of its answers: cosign itself is 140 MB that take
/// minutes to build, and a release's signature needs a public transparency log.
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;

    fn pinned() -> String {
        format!("registry.example.com/probe@sha256:{}", "0".repeat(64))
    }

    fn in_place_of_cosign(folder: &Path, script: &str) -> PathBuf {
        let program = folder.join("cosign");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[tokio::test]
    async fn the_digest_is_verified_against_the_release_or_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let asked = folder.path().join("asked");
        let program = in_place_of_cosign(folder.path(), &format!("printf '%s\\n' \"$@\" >{}", asked.display()));
        verify_with(&program, &pinned(), &Signer::Release).await.unwrap();
        let words = std::fs::read_to_string(&asked).unwrap();
        let words: Vec<_> = words.lines().collect();
        let expected = ["verify", "--certificate-identity-regexp", IDENTITY, "--certificate-oidc-issuer", ISSUER, &pinned()];
        assert_eq!(words, expected);
        verify_with(&program, &pinned(), &"key.pub".parse().unwrap()).await.unwrap();
        assert!(std::fs::read_to_string(&asked).unwrap().starts_with("verify\n--key\nkey.pub\n--insecure-ignore-tlog=true\n"));
    }

    #[tokio::test]
    async fn what_is_not_pinned_not_signed_or_not_asked_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let program = in_place_of_cosign(folder.path(), "echo noise >&2; printf 'no \\033[31mmatching signatures\\n\\n' >&2; exit 1");
        for image in ["probe:v1", "probe@sha256:00", "@sha256:", "probe@sha256:zz", &pinned().replace("registry", "--registry")] {
            assert!(matches!(verify_with(&program, image, &Signer::Release).await, Err(Error::ImageNotPinned { .. })), "{image}");
        }
        let unsigned = verify_with(&program, &pinned(), &Signer::Release).await.unwrap_err().to_string();
        assert!(unsigned.ends_with("no [31mmatching signatures"), "{unsigned}");
        let missing = verify_with(Path::new("/nonexistent/cosign"), &pinned(), &Signer::Release).await.unwrap_err();
        assert!(missing.to_string().contains("does not start") && missing.hint().unwrap().contains("cosign"));
    }
}
