use hyper::Uri;

/// Where a gateway listens, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Whether TLS is spoken.
    pub(crate) secure: bool,
    /// Name or number of the host, without brackets.
    pub(crate) host: String,
    /// The port.
    pub(crate) port: u16,
    /// The `Host` header: host, and the port unless it is the usual one.
    pub(crate) authority: String,
    /// Stands before every path; no slash at its end.
    pub(crate) prefix: String,
}

impl Address {
    /// Reads `http://host:port` or `https://host/prefix`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("{text:?} is no address: {error}"))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(format!("{text:?} begins neither with https:// nor with http://")),
        };
        let authority = uri.authority().ok_or_else(|| format!("{text:?} has no host"))?;
        if authority.as_str().contains('@') {
            return Err("an address has no user or password in it; use credentials".to_owned());
        }
        if uri.query().is_some() {
            return Err(format!("{text:?} has a query"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(format!("{text:?} has no host"));
        }
        let usual = if secure { 443 } else { 80 };
        let port = authority.port_u16().unwrap_or(usual);
        let authority = if port == usual {
            authority.host().to_owned()
        } else {
            format!("{}:{port}", authority.host())
        };
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { secure, host, port, authority, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let address = Address::parse("https://api.example.com").unwrap();
        assert!(address.secure);
        assert_eq!((address.host.as_str(), address.port), ("api.example.com", 443));
        assert_eq!((address.authority.as_str(), address.prefix.as_str()), ("api.example.com", ""));
        let address = Address::parse("http://[::1]:8420/stripe/").unwrap();
        assert!(!address.secure);
        assert_eq!((address.host.as_str(), address.port), ("::1", 8420));
        assert_eq!(
            (address.authority.as_str(), address.prefix.as_str()),
            ("[::1]:8420", "/stripe")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "api.example.com", "ftp://a", "https://", "http://u:p@a", "http://a/?b=c"]
        {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
