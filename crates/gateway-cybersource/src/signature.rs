use gateway::{HttpMethod, HttpRequest};
use gateway_kit::sign::{base64, hmac_sha256, sha256};
use jiff::Timestamp;

/// Who signs, and for which host.
pub(crate) struct Signer {
    pub(crate) merchant_id: String,
    pub(crate) key_id: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) host: String,
}

/// The `Host` of an address, as HTTP sends it: without the usual port.
pub(crate) fn host(address: &str) -> Result<String, String> {
    let (scheme, rest) = address
        .split_once("://")
        .ok_or_else(|| format!("{address:?} is no address; it begins with https://"))?;
    let rest = rest.trim_end_matches('/');
    if rest.is_empty() || rest.contains(['/', '?', '@']) {
        return Err(format!("CyberSource signs host and path, so {address:?} must be a host only"));
    }
    let usual = if scheme == "http" { ":80" } else { ":443" };
    Ok(rest.strip_suffix(usual).unwrap_or(rest).to_owned())
}

impl Signer {
    /// A signed request: the HTTP Signature scheme over host, date, target, digest and merchant.
    pub(crate) fn request(
        &self,
        method: HttpMethod,
        path: String,
        body: String,
        now: Timestamp,
    ) -> HttpRequest {
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let verb = match method {
            HttpMethod::Get => "get",
            HttpMethod::Post => "post",
        };
        let digest = (method == HttpMethod::Post)
            .then(|| format!("SHA-256={}", base64(&sha256(body.as_bytes()))));
        let mut signed = vec![
            ("host", self.host.clone()),
            ("date", date.clone()),
            ("request-target", format!("{verb} {path}")),
        ];
        signed.extend(digest.clone().map(|digest| ("digest", digest)));
        signed.push(("v-c-merchant-id", self.merchant_id.clone()));
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let lines: Vec<String> =
            signed.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let mac = hmac_sha256(&self.secret, &[lines.join("\n").as_bytes()]);
        let signature = format!(
            "keyid=\"{}\", algorithm=\"HmacSHA256\", headers=\"{}\", signature=\"{}\"",
            self.key_id,
            names.join(" "),
            base64(&mac)
        );
        let mut headers = vec![
            ("v-c-merchant-id".to_owned(), self.merchant_id.clone()),
            ("Date".to_owned(), date),
            ("Signature".to_owned(), signature),
            ("Accept".to_owned(), "application/hal+json;charset=utf-8".to_owned()),
        ];
        if let Some(digest) = digest {
            headers.push(("Digest".to_owned(), digest));
            let json = "application/json;charset=utf-8".to_owned();
            headers.push(("Content-Type".to_owned(), json));
        }
        HttpRequest { method, path, headers, body }
    }
}

#[cfg(test)]
mod tests {
    use gateway_kit::conformance::now;

    use super::*;

    #[test]
    fn the_host_is_what_http_sends() {
        assert_eq!(host("https://api.cybersource.com").as_deref(), Ok("api.cybersource.com"));
        assert_eq!(host("http://127.0.0.1:8424/").as_deref(), Ok("127.0.0.1:8424"));
        assert_eq!(host("https://a:443").as_deref(), Ok("a"));
        for wrong in ["api.cybersource.com", "https://", "https://a/b", "https://u@a"] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_signed_is_in_order() {
        let signer = Signer {
            merchant_id: "m".to_owned(),
            key_id: "k".to_owned(),
            secret: b"s".to_vec(),
            host: "h".to_owned(),
        };
        let header = |request: &HttpRequest, name: &str| {
            let found = request.headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let post = signer.request(HttpMethod::Post, "/p".to_owned(), "{}".to_owned(), now());
        assert_eq!(header(&post, "Date"), "Sun, 01 Mar 2026 12:00:00 GMT");
        let digest = "SHA-256=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";
        assert_eq!(header(&post, "Digest"), digest);
        let text = format!(
            "host: h\ndate: Sun, 01 Mar 2026 12:00:00 GMT\nrequest-target: post /p\ndigest: {digest}\n\
             v-c-merchant-id: m"
        );
        let wanted = format!(
            "keyid=\"k\", algorithm=\"HmacSHA256\", headers=\"host date request-target digest \
             v-c-merchant-id\", signature=\"{}\"",
            base64(&hmac_sha256(b"s", &[text.as_bytes()]))
        );
        assert_eq!(header(&post, "Signature"), wanted);
        let get = signer.request(HttpMethod::Get, "/p".to_owned(), String::new(), now());
        assert_eq!(header(&get, "Digest"), "");
        assert!(header(&get, "Signature").contains("\"host date request-target v-c-merchant-id\""));
    }
}
