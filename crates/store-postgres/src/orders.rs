//! Payment methods, orders and labels as rows: their facts, which are history, the ids that gateways gave, and how
//! they stand after the batch.

use std::collections::{BTreeMap, BTreeSet};

use columns::int;
use columns::orders::{attention_us, document_of_fact, references, row_of_fact, sent_us};
use receivables::labels::Labeled;
use receivables::{Books, Document, Entry, EntryHead, Fact, Kind, MethodNo};

use crate::error::{Pg, PgError, corrupt};
use crate::link::Query;
use crate::sql;
use crate::tables::{
    FieldValueRow, FieldValues, GatewayFactRow, GatewayFacts, MethodStateRow, MethodStates,
    OrderRow, Orders, ReferenceRow, References,
};

/// So many facts about gateways one entry may have.
const FACTS_MAX: u64 = 1_000;

/// Numbers for facts without a number of their own, one after the other: the entry's number for a change
/// of an account or of the settings, of which an entry has one; for the others also a place.
pub(crate) fn numbers_of_facts(head: &EntryHead) -> impl FnMut(&Fact) -> u64 {
    let (entry, mut place) = (head.no.0, 0);
    move |fact| match row_of_fact(fact) {
        Some(_) => {
            place += 1;
            entry * FACTS_MAX + place - 1
        }
        None => entry,
    }
}

/// What a batch writes about gateways.
#[derive(Default)]
pub(crate) struct GatewayRows {
    facts: GatewayFacts,
    references: References,
    methods: MethodStates,
    orders: Orders,
    /// Documents whose labels changed, and the values they have now.
    labeled: BTreeMap<i16, Vec<i64>>,
    values: FieldValues,
}

impl GatewayRows {
    /// The rows of `entries`, and of the methods and orders that they tell of.
    pub(crate) fn of(entries: &[&Entry], changed: &Books) -> Pg<Self> {
        let mut rows = Self::default();
        let mut touched: BTreeSet<Document> = BTreeSet::new();
        let mut labeled: BTreeMap<Document, (&EntryHead, &Labeled)> = BTreeMap::new();
        for entry in entries {
            let mut numbers = numbers_of_facts(&entry.head);
            let mut count = 0;
            for fact in &entry.facts {
                let Some(row) = row_of_fact(fact) else { continue };
                count += 1;
                if let Fact::Labeled(labels) = fact {
                    labeled.insert(labels.document, (&entry.head, labels));
                }
                rows.fact(&entry.head, numbers(fact), row, fact)?;
                let Some(of) = document_of_fact(fact) else { continue };
                touched.insert(of);
                rows.references(&entry.head, of, fact, changed)?;
            }
            if count > FACTS_MAX {
                return Err(corrupt(format!("{} has too many facts", entry.head.no)));
            }
        }
        for (of, (head, labels)) in labeled {
            rows.values(of, head, labels);
        }
        for of in touched {
            if of.kind == Kind::PaymentMethod {
                rows.method(of, changed)?;
            } else {
                rows.order(of, changed)?;
            }
        }
        Ok(rows)
    }

    /// One statement per table that has rows.
    pub(crate) fn inserts(self) -> impl Iterator<Item = Query> {
        let Self { facts, references, methods, orders, labeled, values } = self;
        let delete = |(kind, numbers): (i16, Vec<i64>)| {
            Query::new(sql::DELETE_CUSTOM_FIELD_VALUE).with(kind).with(numbers)
        };
        let written = [facts.insert(), references.insert(), methods.insert(), orders.insert()];
        let deleted = labeled.into_iter().map(delete);
        written.into_iter().flatten().chain(deleted).chain(values.insert())
    }

    /// The values of a document from now on, instead of those before.
    fn values(&mut self, of: Document, head: &EntryHead, labels: &Labeled) {
        let (kind, number) = (i16::from(of.kind as u8), int(of.number));
        self.labeled.entry(kind).or_default().push(number);
        for (field, value) in &labels.custom_fields {
            self.values.push(FieldValueRow {
                kind,
                number,
                account_no: int(head.account.0),
                field: field.to_string(),
                value: value.as_filter().to_owned(),
            });
        }
    }

    fn fact(
        &mut self,
        head: &EntryHead,
        no: u64,
        (document_kind, document_no): (i16, u64),
        fact: &Fact,
    ) -> Pg<()> {
        self.facts.push(GatewayFactRow {
            fact_no: int(no),
            entry_no: int(head.no.0),
            account_no: int(head.account.0),
            document_no: int(document_no),
            document_kind,
            fact: serde_json::to_string(fact).map_err(corrupt)?,
        });
        Ok(())
    }

    fn references(
        &mut self,
        head: &EntryHead,
        of: Document,
        fact: &Fact,
        changed: &Books,
    ) -> Pg<()> {
        for (rank, id) in references(fact) {
            let order = changed.orders.get(&of).ok_or_else(|| missing(of))?;
            self.references.push(ReferenceRow {
                gateway_no: i32::from(order.placed.gateway.0),
                account_no: int(head.account.0),
                document_no: int(of.number),
                document_kind: i16::from(of.kind as u8),
                rank: i16::from(rank),
                id: id.to_string(),
            });
        }
        Ok(())
    }

    fn method(&mut self, of: Document, changed: &Books) -> Pg<()> {
        let state = changed.methods.get(&MethodNo(of.number)).ok_or_else(|| missing(of))?;
        self.methods.push(MethodStateRow {
            method_no: int(of.number),
            account_no: int(state.method.account.0),
            body: serde_json::to_string(state).map_err(corrupt)?,
        });
        Ok(())
    }

    fn order(&mut self, of: Document, changed: &Books) -> Pg<()> {
        let order = changed.orders.get(&of).ok_or_else(|| missing(of))?;
        self.orders.push(OrderRow {
            document_no: int(of.number),
            account_no: int(order.account.0),
            due_us: order.due.map(jiff::Timestamp::as_microsecond),
            attention_us: attention_us(order),
            sent_us: sent_us(order),
            gateway_no: i32::from(order.placed.gateway.0),
            document_kind: i16::from(of.kind as u8),
            body: serde_json::to_string(order).map_err(corrupt)?,
        });
        Ok(())
    }
}

fn missing(of: Document) -> PgError {
    corrupt(format!("{of} changed, and how it stands was not handed in"))
}
