//! `quittance audit seal | head | public-key`

use audit::{Head, PublicKey, seal_all};
use engine::{Clock, SystemClock};

use crate::cli::{At, Audit};
use crate::database::Mode;
use crate::gateways::Key;
use crate::output::{Done, line, sentence};

pub(crate) fn run(arguments: &Audit) -> Done {
    match arguments {
        Audit::Seal { at, key } => seal(at, key),
        Audit::Head { at, key } => {
            let reader = at.database.read()?;
            let block = reader.last_audit_block()?;
            let block = block.ok_or_else(|| {
                sentence(
                    "nothing is sealed yet; a running server seals every second, or use audit seal",
                )
            })?;
            let key = key.signer()?.map(|signer| signer.public_key());
            line(serde_json::to_string_pretty(&Head::new(&block, key.as_ref()))?);
            Ok(())
        }
        Audit::PublicKey { key } => {
            let signer = key.signer()?;
            let signer =
                signer.ok_or_else(|| sentence("give the key: QUITTANCE_KEY or --key-file"))?;
            line(signer.public_key());
            Ok(())
        }
    }
}

fn seal(at: &At, key: &Key) -> Done {
    let opened = at.database.open(Mode::Write, 1)?;
    let mut stores = opened.stores;
    let store = stores.first_mut();
    let store = store.ok_or_else(|| sentence("the database can only be read"))?.as_mut();
    let signer = key.signer()?;
    let made = seal_all(opened.reader.as_ref(), store, signer.as_ref(), SystemClock.now())?;
    store.close();
    let last = opened.reader.last_audit_block()?.map(|block| block.last.to_string());
    line(match last {
        Some(last) => format!("{made} blocks made; the record is sealed up to {last}"),
        None => "the history is empty; there is nothing to seal".to_owned(),
    });
    Ok(())
}

/// The public key that verifies the record: given, or that of the key.
pub(crate) fn public_key(given: Option<&String>, key: &Key) -> Done<Option<PublicKey>> {
    match given {
        Some(text) => Ok(Some(text.parse().map_err(sentence)?)),
        None => Ok(key.signer()?.map(|signer| signer.public_key())),
    }
}
