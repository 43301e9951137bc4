//! The writing side of a database that cannot be written: commands and previews are refused.

use engine::{
    ApiKey, AuditBlock, Gaps, GatewaySecret, KeyHash, Loaded, SideWrite, Store, StoreError,
    StoreErrorKind,
};
use receivables::context::Numbers;
use receivables::{Books, Entry, EntryNo, Need};

/// Refuses everything.
pub(crate) struct ReadOnly;

fn refuse<T>() -> Result<T, StoreError> {
    let detail = "the database is open for reading only".to_owned();
    Err(StoreError { kind: StoreErrorKind::ReadOnly, detail })
}

impl Store for ReadOnly {
    fn load(&mut self, _: &[Need], _: &[KeyHash]) -> Result<Loaded, StoreError> {
        refuse()
    }
    fn commit(&mut self, _: &[&Entry], _: Books, _: Numbers) -> Result<(), StoreError> {
        refuse()
    }
    fn entries(&mut self, _: &[EntryNo]) -> Result<Vec<Entry>, StoreError> {
        refuse()
    }
    fn adopt_numbers(&mut self, _: Numbers, _: Gaps) -> Result<(), StoreError> {
        refuse()
    }
    fn put_api_key(&mut self, _: &ApiKey) -> Result<(), StoreError> {
        refuse()
    }

    fn put_audit_block(&mut self, _: &AuditBlock) -> Result<(), StoreError> {
        refuse()
    }

    fn put_side(&mut self, _: &[SideWrite]) -> Result<bool, StoreError> {
        refuse()
    }

    fn put_gateway_secret(&mut self, _: &GatewaySecret) -> Result<(), StoreError> {
        refuse()
    }
}
