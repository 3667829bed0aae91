//! Why a client certificate cannot be used, and what helps.

use lbprobe_analysis::shell::quoted;
use lbprobe_probe::IdentityError;

pub(super) fn problem(cause: &IdentityError) -> String {
    match cause {
        IdentityError::NoCertificate => "其中没有 PEM 格式的证书（BEGIN CERTIFICATE）".into(),
        IdentityError::NoKey => "其中没有未加密的 PEM 格式私钥（BEGIN PRIVATE KEY）".into(),
        IdentityError::Unreadable(cause) => format!("无法读取：{cause}"),
        IdentityError::OtherKey => "私钥与第一个证书不匹配".into(),
    }
}

pub(super) fn hint(file: &str, is_of_key: bool, cause: &IdentityError) -> String {
    let file = quoted(file);
    match cause {
        IdentityError::NoKey | IdentityError::Unreadable(_) if is_of_key => {
            format!("openssl pkey -in {file} -out key.pem 去掉密码；可以读取 RSA 以及 P-256、P-384 和 Ed25519 的私钥")
        }
        _ if is_of_key => format!("openssl pkey -in {file} -pubout，与证书的 openssl x509 -pubkey -noout 对照"),
        _ => format!("openssl x509 -in {file} -noout -subject -enddate"),
    }
}
