use crate::call::Call;
use crate::options::Options;
use crate::sign;

/// Verifies the HTTP signature and the digest (gateways 2.5). The error says what is wrong.
pub(super) fn check(options: &Options, call: &Call) -> Result<(), String> {
    let header = |name: &str| call.header(name).ok_or_else(|| format!("{name} is missing"));
    let signature = header("signature")?;
    let field = |name: &str| {
        let parts = signature.split(',').filter_map(|part| part.trim().split_once('='));
        let found = parts.into_iter().find(|(known, _)| *known == name);
        let value = found.map(|(_, value)| value.trim_matches('"').to_owned());
        value.ok_or_else(|| format!("the signature has no {name}"))
    };
    if header("v-c-merchant-id")? != options.cybersource_merchant {
        return Err("unknown merchant".to_owned());
    }
    if field("keyid")? != options.cybersource_key_id {
        return Err("unknown key".to_owned());
    }
    if field("algorithm")? != "HmacSHA256" {
        return Err("unknown algorithm".to_owned());
    }
    let posted = call.method != "GET";
    let names = field("headers")?;
    let names: Vec<&str> = names.split_whitespace().collect();
    let must: &[&str] = if posted {
        &["host", "request-target", "digest", "v-c-merchant-id"]
    } else {
        &["host", "request-target", "v-c-merchant-id"]
    };
    if let Some(missing) = must.iter().find(|name| !names.contains(name)) {
        return Err(format!("{missing} is not signed"));
    }
    if !names.contains(&"date") && !names.contains(&"v-c-date") {
        return Err("no date is signed".to_owned());
    }
    if posted {
        let digest = format!("SHA-256={}", sign::base64(&sign::sha256(&call.body)));
        if header("digest")? != digest {
            return Err("the digest is not the body's".to_owned());
        }
    }
    let key = sign::unbase64(&options.cybersource_secret).ok_or("the secret is not base64")?;
    let given = field("signature")?;
    // A client behind a prefix may sign the path with it or without it.
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    for path in [&call.full_path, &call.path] {
        let target = format!("{} {path}{query}", call.method.to_lowercase());
        let line = |name: &&str| match *name {
            "request-target" => Ok(format!("request-target: {target}")),
            name => header(name).map(|value| format!("{name}: {value}")),
        };
        let lines: Result<Vec<String>, String> = names.iter().map(line).collect();
        let expected = sign::hmac_sha256(&key, lines?.join("\n").as_bytes());
        if sign::unbase64(&given).is_some_and(|given| given == expected) {
            return Ok(());
        }
    }
    Err("the signature does not hold".to_owned())
}
