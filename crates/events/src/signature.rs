//! Signatures after the Standard Webhooks specification.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::hmac;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Random bytes of a secret.
pub(crate) const SECRET_BYTES: usize = 32;

/// A secret that signs events. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret")
    }
}

impl SigningSecret {
    /// A secret of these random bytes.
    pub fn new(random: [u8; SECRET_BYTES]) -> Self {
        Self(random.to_vec())
    }

    /// As it is shown, once: `whsec_` and base64.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Reads what [`SigningSecret::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text.strip_prefix(PREFIX)?).ok().map(Self)
    }
}

/// The header `webhook-signature`: one signature per secret, so that whoever has the old or the new one finds its own.
pub fn sign(secrets: &[SigningSecret], id: &str, at: Timestamp, body: &str) -> String {
    let signed = format!("{id}.{}.{body}", at.as_second());
    let signatures = secrets.iter().map(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, signed.as_bytes())))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let body = r#"{"test": 2432232314}"#;
        assert_eq!(
            sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn several_secrets_sign_side_by_side_and_none_is_printed() {
        let (new, old) = (SigningSecret::new([1; 32]), SigningSecret::new([2; 32]));
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let both = sign(&[new.clone(), old.clone()], "evt_1", at, "{}");
        let each = [new.clone(), old].map(|one| sign(&[one], "evt_1", at, "{}"));
        assert_eq!(both, each.join(" "));
        assert_eq!(SigningSecret::parse(&new.text()), Some(new.clone()));
        assert_eq!(format!("{new:?}"), "SigningSecret");
        assert_eq!(SigningSecret::parse("AQEB"), None);
    }
}
