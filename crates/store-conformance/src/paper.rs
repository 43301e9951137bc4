//! A store that keeps the books in memory and gives numbers out with gaps, as several committers do.

use std::sync::Arc;

use engine::{
    ApiKey, AuditBlock, Gaps, GatewaySecret, KeyHash, Loaded, Prior, SideWrite, Store, StoreError,
};
use receivables::context::Numbers;
use receivables::{Books, Entry, EntryNo, Need};

use crate::model::Model;

/// Books on paper.
#[derive(Debug, Default)]
pub(crate) struct Paper {
    model: Model,
    turns: u64,
}

impl Store for Paper {
    fn load(&mut self, _: &[Need], keys: &[KeyHash]) -> Result<Loaded, StoreError> {
        self.turns += 1;
        let mut loaded = Loaded {
            books: self.model.all_books(),
            settings: Arc::new(self.model.settings.clone()),
            numbers: with_gap(self.model.numbers, self.turns),
            ..Loaded::default()
        };
        for entry in self.model.entries() {
            if keys.contains(&entry.head.key_hash) {
                let prior = Prior { entry: entry.head.no, fingerprint: entry.head.fingerprint };
                loaded.prior.insert(entry.head.key_hash, prior);
            }
        }
        Ok(loaded)
    }

    fn commit(&mut self, entries: &[&Entry], _: Books, _: Numbers) -> Result<(), StoreError> {
        for entry in entries {
            self.model.take(entry);
        }
        Ok(())
    }

    fn entries(&mut self, numbers: &[EntryNo]) -> Result<Vec<Entry>, StoreError> {
        let find = |no: &EntryNo| {
            let found = self.model.entries().iter().find(|entry| entry.head.no == *no);
            found.unwrap().clone()
        };
        Ok(numbers.iter().map(find).collect())
    }

    fn adopt_numbers(&mut self, _: Numbers, _: Gaps) -> Result<(), StoreError> {
        Ok(())
    }

    fn put_api_key(&mut self, _: &ApiKey) -> Result<(), StoreError> {
        Ok(())
    }

    fn put_audit_block(&mut self, _: &AuditBlock) -> Result<(), StoreError> {
        panic!("not on paper")
    }

    fn put_side(&mut self, _: &[SideWrite]) -> Result<bool, StoreError> {
        panic!("not on paper")
    }

    fn put_gateway_secret(&mut self, _: &GatewaySecret) -> Result<(), StoreError> {
        Ok(())
    }
}

/// As if some numbers had been taken for decisions that were never committed: another gap per kind.
const fn with_gap(numbers: Numbers, turn: u64) -> Numbers {
    Numbers {
        account: numbers.account + turn % 3,
        invoice: numbers.invoice + turn % 2,
        item: numbers.item + turn % 5,
        payment: numbers.payment + turn % 4,
        adjustment: numbers.adjustment + turn % 6,
        refund: numbers.refund + turn % 7,
        item_adjustment: numbers.item_adjustment + turn % 2,
        entry: numbers.entry + turn % 3,
        posting: numbers.posting + turn % 9,
        method: numbers.method + turn % 3,
    }
}
