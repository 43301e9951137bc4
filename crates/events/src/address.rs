//! Where events may go: not into the network that the server itself stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest address of an endpoint.
pub const URL_MAX: usize = 2_000;

/// The address of an endpoint, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Scheme, host and port: `https://example.com:8443`.
    pub origin: String,
    /// Path and query, with the slash at its beginning.
    pub path: String,
    /// Whether TLS is spoken.
    pub secure: bool,
}

/// Why events do not go there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No address that can be used.
    #[error("{0}; an endpoint is an address like https://example.com/hooks?team=books")]
    Malformed(&'static str),
    /// Not encrypted.
    #[error(
        "an endpoint begins with https://, so that nobody reads along; http:// is only for tests on this machine"
    )]
    NotEncrypted,
}

impl Target {
    /// The host, if it is written as a number.
    pub fn number(&self) -> Option<IpAddr> {
        let (_, authority) = self.origin.split_once("://")?;
        let with_port = authority.parse::<SocketAddr>().map(|address| address.ip());
        let bare = authority.trim_start_matches('[').trim_end_matches(']');
        with_port.ok().or_else(|| bare.parse().ok())
    }

    /// Takes an address apart. `http` is only taken if private addresses are allowed; that it leads nowhere but to
    /// this machine is held later, against what the name resolves to.
    ///
    /// # Errors
    ///
    /// [`AddressError`].
    pub fn parse(url: &str, private_allowed: bool) -> Result<Self, AddressError> {
        let bad = AddressError::Malformed;
        if url.len() > URL_MAX {
            return Err(bad("the address is too long"));
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(bad("the address has blanks, or letters that must be escaped"));
        }
        let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(_)) if !private_allowed => return Err(AddressError::NotEncrypted),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(bad("the address does not begin with https://")),
        };
        if rest.contains(['#', '\\', '"', '<', '>']) {
            return Err(bad("the address has a fragment, or a sign that must be escaped"));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.is_empty() || authority.starts_with(':') {
            return Err(bad("the address has no host"));
        }
        if authority.contains('@') {
            return Err(bad("the address has a user or password in it"));
        }
        let scheme = if secure { "https" } else { "http" };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { origin: format!("{scheme}://{authority}"), path, secure })
    }
}

/// Whether a request may be sent to this very address. Public ones take https only; with `private_allowed` this
/// network is reached too, and this machine without https.
pub fn may_reach(address: IpAddr, secure: bool, private_allowed: bool) -> bool {
    if is_public(address) {
        return secure;
    }
    private_allowed && (secure || address.to_canonical().is_loopback())
}

/// Whether an address is one of the public internet: not this machine, not a private network, not where clouds keep
/// their metadata, and not one that leads back to any of these by another spelling.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let reserved = match address.octets() {
        [0 | 240..=255, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [192, 0, 0, _] | [192, 88, 99, _] => true,
        [198, second, ..] => second == 18 || second == 19,
        _ => false,
    };
    !(reserved
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

/// Only what is given out to anybody (2000::/3), without tunnels, which carry other addresses inside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let given_out = first & 0xe000 == 0x2000;
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    given_out && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_lead_inside_are_not_public() {
        for inside in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2001::1",
        ] {
            let address: IpAddr = inside.parse().unwrap();
            assert!(!is_public(address), "{inside}");
            assert!(!may_reach(address, true, false), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
        {
            let address: IpAddr = outside.parse().unwrap();
            assert!(is_public(address), "{outside}");
            assert!(
                may_reach(address, true, false) && !may_reach(address, false, true),
                "{outside}"
            );
        }
    }

    #[test]
    fn where_private_addresses_are_allowed_only_this_machine_does_without_tls() {
        let may = |text: &str, secure| may_reach(text.parse().unwrap(), secure, true);
        assert!(may("127.0.0.1", false) && may("::1", false) && may("10.0.0.1", true));
        assert!(!may("10.0.0.1", false) && !may("169.254.169.254", false));
    }

    #[test]
    fn an_address_is_taken_apart() {
        let target = Target::parse("https://example.com:8443/hooks?team=books", false).unwrap();
        assert_eq!(target.origin, "https://example.com:8443");
        assert_eq!(target.path, "/hooks?team=books");
        assert_eq!(Target::parse("https://example.com", false).unwrap().path, "/");
        assert_eq!(Target::parse("https://example.com?a=b", false).unwrap().path, "/?a=b");
        assert!(!Target::parse("http://127.0.0.1:80/", true).unwrap().secure);
        let number = |url| Target::parse(url, false).unwrap().number();
        assert_eq!(number("https://10.0.0.1/a"), "10.0.0.1".parse().ok());
        assert_eq!(number("https://10.0.0.1:8443"), "10.0.0.1".parse().ok());
        assert_eq!(number("https://[::1]"), "::1".parse().ok());
        assert_eq!(number("https://[::1]:8443/"), "::1".parse().ok());
        assert_eq!(number("https://example.com"), None);
    }

    #[test]
    fn what_is_no_address_of_an_endpoint_is_refused() {
        let plain = Target::parse("http://example.com/", false).unwrap_err();
        assert_eq!(plain, AddressError::NotEncrypted);
        let long = format!("https://example.com/{}", "a".repeat(URL_MAX));
        for text in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///hooks",
            "https://:443/",
            "https://user:password@example.com/",
            "https://example.com/#part",
            "https://example.com/a b",
            "https://example.com\\@10.0.0.1/",
            "https://b\u{fc}cher.example/",
            &long,
        ] {
            let refused = Target::parse(text, true).unwrap_err();
            assert!(matches!(refused, AddressError::Malformed(_)), "{text}");
        }
    }
}
