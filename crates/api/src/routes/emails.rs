//! By which e-mail address a customer is found: a record beside the history for each customer whose address is known, named by
//! the address and the account, so that a beginning of an address is a range of them.

use engine::kept::{self, Kept};
use engine::{ReadError, Reader, SideKind, SideWrite};
use receivables::AccountNo;
use receivables::text::Text;
use serde::{Deserialize, Serialize};

use crate::problem::ApiError;

/// Stands between address and account; a control character, which no text has.
const BETWEEN: char = '\u{1f}';

#[derive(Debug, Deserialize, Serialize)]
struct Found {
    account: u64,
}

impl Kept for Found {
    const KIND: SideKind = SideKind::EmailOfAccount;
}

/// What is to be written when the address of a customer becomes another one. It goes with what is known of the customer,
/// all or none.
pub(super) fn change(
    reader: &dyn Reader,
    account: AccountNo,
    old: Option<Text<254>>,
    new: Option<Text<254>>,
) -> Result<Vec<SideWrite>, ApiError> {
    let [old, new] = [old, new].map(|email| email.map(|email| id(email.as_str(), account)));
    let mut writes = Vec::new();
    if let Some(old) = old.filter(|old| Some(old) != new.as_ref())
        && let Some(record) = kept::find::<Found>(reader, &old)?
    {
        writes.push(kept::erase(&record));
    }
    if let Some(new) = new
        && kept::find::<Found>(reader, &new)?.is_none()
    {
        let AccountNo(account) = account;
        writes.push(kept::put(&new, None, &Found { account }));
    }
    Ok(writes)
}

/// The first accounts, at most `limit`, whose address begins with `text`, in the order of the addresses.
pub(super) fn beginning(
    reader: &dyn Reader,
    text: &str,
    limit: usize,
) -> Result<Vec<AccountNo>, ReadError> {
    let asked = small(text);
    let page = kept::page::<Found>(reader, &asked, limit)?;
    let page = page.into_iter().take_while(|record| record.id.starts_with(&asked));
    Ok(page.map(|record| AccountNo(record.body.account)).collect())
}

fn id(email: &str, AccountNo(account): AccountNo) -> String {
    format!("{}{BETWEEN}{account}", small(email))
}

/// Nobody means another address by capital letters.
fn small(email: &str) -> String {
    email.trim().to_lowercase()
}
