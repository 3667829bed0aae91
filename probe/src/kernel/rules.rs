//! What a rule says of itself: its comment, and what it does beside its verdict.

use std::ffi::CString;
use std::io;

use netlink_bindings::nftables::{ExprListAttrs, ExprOps, IterableRuleAttrs, Nfgenmsg, Request};
use netlink_socket2::NetlinkSocket;

/// A comment in a rule's user data is an attribute of this type (libnftnl's `NFTNL_UDATA_RULE_COMMENT`): one byte each
/// for type and length, then the text.
const COMMENT: u8 = 0;

/// `NFT_NAT_DNAT`.
const DNAT: u32 = 1;

/// Statements of nftables that end a packet or send it elsewhere.
const STATEMENTS: [&str; 5] = ["reject", "redir", "masq", "tproxy", "queue"];

/// The most characters of a comment that are kept: iptables has 255.
const MOST_CHARS: usize = 256;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) comment: Option<String>,
    pub(super) by: Option<String>,
}

/// Reads one rule by its handle.
pub(super) fn read(socket: &mut NetlinkSocket, family: u8, table: &str, chain: &str, handle: u64) -> io::Result<Rule> {
    let header = Nfgenmsg { nfgen_family: family, ..Nfgenmsg::default() };
    let (table, chain) = (CString::new(table)?, CString::new(chain)?);
    let mut request = Request::new().op_getrule_do(&header);
    request.encode().push_table(&table).push_chain(&chain).push_handle(handle);
    let mut reply = socket.request(&request)?;
    let (_, rule) = reply.recv_one()?;
    Ok(of_attributes(&rule))
}

fn of_attributes(rule: &IterableRuleAttrs<'_>) -> Rule {
    let mut read = Rule { comment: rule.get_userdata().ok().and_then(comment_of_userdata), by: None };
    for expression in rule.get_expressions().ok().into_iter().flatten() {
        let Ok(ExprListAttrs::Elem(expression)) = expression else { continue };
        match expression.get_data() {
            Ok(ExprOps::Match(of)) if of.get_name().is_ok_and(|name| name == c"comment") => {
                read.comment = read.comment.or_else(|| of.get_info().ok().and_then(text));
            }
            Ok(ExprOps::Target(target)) => read.by = target.get_name().ok().map(|name| name.to_string_lossy().into_owned()),
            Ok(ExprOps::Nat(nat)) => read.by = Some(if nat.get_type() == Ok(DNAT) { "dnat" } else { "snat" }.into()),
            Ok(ExprOps::Lookup(lookup)) => read.by = lookup.get_set().ok().map(|set| format!("@{}", set.to_string_lossy())).or(read.by),
            _ => {
                let name = expression.get_name().ok().and_then(|name| name.to_str().ok());
                read.by = name.filter(|name| STATEMENTS.contains(name)).map(str::to_owned).or(read.by);
            }
        }
    }
    read
}

fn comment_of_userdata(mut data: &[u8]) -> Option<String> {
    while let [kind, length, rest @ ..] = data {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        if *kind == COMMENT {
            return text(value);
        }
        data = rest;
    }
    None
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next()?);
    Some(text.chars().take(MOST_CHARS).collect::<String>()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_found_among_other_user_data() {
        let data = [&[1, 2, 9, 9, COMMENT, 4][..], b"abc\0"].concat();
        assert_eq!(comment_of_userdata(&data).as_deref(), Some("abc"));
        assert_eq!(comment_of_userdata(&data[..7]), None, "cut short");
        assert_eq!(comment_of_userdata(&[1, 0]), None);
    }
}
