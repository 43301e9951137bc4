//! Loading what a batch of commands needs: from the cache, else from the database.

use std::sync::RwLock;

use jiff::civil::Date;
use receivables::account::Account;
use receivables::books::{MOVEMENTS_MAX, Movement};
use receivables::credit_balance::Source;
use receivables::id::Numbered;
use receivables::invoice::{Invoice, InvoiceStatus};
use receivables::period::{PeriodName, UNFINISHED_MAX, Unfinished};
use receivables::refund::RefundSource;
use receivables::{
    AccountNo, AdjustmentNo, Books, Document, EntryNo, InvoiceNo, ItemAdjustmentNo, Kind, MethodNo,
    Need, PaymentNo, RefundNo,
};
use rusqlite::Connection;

use crate::cache::Cache;
use crate::codec::{Db, corrupt, date_int, int, number};
use crate::history;
use crate::orders;
use crate::rows;
use crate::states;

/// Loads into `books`; states read from the database are kept in the cache as clean.
pub(crate) struct Loader<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) cache: &'a RwLock<Cache>,
    pub(crate) books: Books,
    /// While the tail of the history is folded: the decision after which orders are wanted.
    pub(crate) before: Option<EntryNo>,
}

impl<'a> Loader<'a> {
    /// Loads what is current.
    pub(crate) fn new(conn: &'a Connection, cache: &'a RwLock<Cache>) -> Self {
        Self { conn, cache, books: Books::default(), before: None }
    }

    pub(crate) fn need(&mut self, need: &Need) -> Db<()> {
        match need {
            // One writer: nothing else is decided meanwhile.
            Need::Organisation => Ok(()),
            Need::Unfinished(period) => self.unfinished(period),
            Need::Account(no) => self.account(*no).map(drop),
            Need::Invoice(no) => self.invoice(*no).map(drop),
            Need::AccountId(id) => {
                let sql = "SELECT account_no FROM account WHERE external_id = ?1";
                let found = rows::one(self.conn, sql, [id.as_str()], |row| number(row, 0))?;
                if let Some(no) = found {
                    self.books.account_ids.insert(id.clone(), AccountNo(no));
                }
                Ok(())
            }
            Need::InvoiceId(id) => {
                let sql = "SELECT invoice_no FROM invoice WHERE external_id = ?1";
                let found = rows::one(self.conn, sql, [id.as_str()], |row| number(row, 0))?;
                if let Some(no) = found {
                    self.books.invoice_ids.insert(id.clone(), InvoiceNo(no));
                }
                Ok(())
            }
            Need::Items(no) => self.items(*no),
            Need::OpenInvoices(no) => self.open_invoices(*no),
            Need::Payment { no, items, cancel } => self.payment(*no, *items, *cancel),
            Need::Adjustment { no, items } => self.adjustment(*no, *items),
            Need::ItemAdjustment(no) => self.item_adjustment(*no),
            Need::Refund(no) => self.refund(*no),
            Need::InvoicePostings(no) => self.invoice_postings(*no),
            Need::Movements(no, date) => self.movements(*no, *date),
            Need::Method(no) => self.method(*no),
            Need::DefaultMethod(no) => match self.account(*no)?.and_then(|it| it.default_method) {
                Some(method) => self.method(method),
                None => Ok(()),
            },
            Need::Labels(of) => self.labels(*of),
            Need::PastRefunds(needed) => self.past_refunds(needed),
            Need::Order(of) => match of.kind {
                Kind::Payment => self.payment(PaymentNo(of.number), false, false),
                Kind::Refund => self.refund(RefundNo(of.number)),
                _ => Ok(()),
            },
        }
    }

    pub(crate) fn account(&mut self, no: AccountNo) -> Db<Option<Account>> {
        if let Some(found) = self.books.accounts.get(&no) {
            return Ok(Some(*found));
        }
        let cached = self.cache.read().map_err(corrupt)?.accounts.get(&no).copied();
        let found = match cached {
            Some(found) => Some(found),
            None => {
                let found = states::account(self.conn, no)?;
                if let Some(found) = found {
                    self.cache.write().map_err(corrupt)?.accounts.insert(no, found);
                }
                found
            }
        };
        if let Some(found) = found {
            self.books.accounts.insert(no, found);
            self.dated_ahead(&found)?;
        }
        Ok(found)
    }

    /// The movements of a credit balance since something was dated ahead, while that may matter.
    fn dated_ahead(&mut self, account: &Account) -> Db<()> {
        if account.ahead_from.is_none() {
            return Ok(());
        }
        let settings = self.cache.read().map_err(corrupt)?.settings.clone();
        match account.looks_ahead_from(|at| settings.business_date(at)) {
            Some(from) => self.movements(account.no, from),
            None => Ok(()),
        }
    }

    pub(crate) fn invoice(&mut self, no: InvoiceNo) -> Db<Option<Invoice>> {
        if let Some(found) = self.books.invoices.get(&no) {
            return Ok(Some(*found));
        }
        let cached = self.cache.read().map_err(corrupt)?.invoices.get(&no).copied();
        let found = match cached {
            Some(found) => Some(found),
            None => states::invoice(self.conn, no)?,
        };
        if let Some(found) = found {
            self.books.invoices.insert(no, found);
            self.account(found.account)?;
        }
        Ok(found)
    }

    fn items(&mut self, no: InvoiceNo) -> Db<()> {
        if let Some(invoice) = self.invoice(no)?
            && !self.books.items.contains_key(&no)
        {
            let items = rows::items(self.conn, no, invoice.amount.currency())?;
            self.books.items.insert(no, items);
        }
        Ok(())
    }

    fn open_invoices(&mut self, no: AccountNo) -> Db<()> {
        if self.account(no)?.is_none() || self.books.open_invoices.contains_key(&no) {
            return Ok(());
        }
        let layout = self.cache.read().map_err(corrupt)?.layout;
        let mut open = states::open_invoices(self.conn, layout, no, usize::MAX)?;
        open.extend(self.cache.read().map_err(corrupt)?.touched.get(&no).into_iter().flatten());
        open.sort_unstable();
        open.dedup();
        for invoice in &open {
            self.invoice(*invoice)?;
        }
        self.books.open_invoices.insert(no, open);
        Ok(())
    }

    /// A method, with its account. Folding needs none.
    fn method(&mut self, no: MethodNo) -> Db<()> {
        if self.before.is_some() || self.books.methods.contains_key(&no) {
            return Ok(());
        }
        if let Some(state) = orders::method(self.conn, no)? {
            self.account(state.method.account)?;
            self.books.methods.insert(no, state);
        }
        Ok(())
    }

    /// Labels are always current in the database: the batch before is committed.
    fn labels(&mut self, of: Document) -> Db<()> {
        if let Some(labels) = orders::labels(self.conn, of, EntryNo(u64::MAX))? {
            self.books.labels.insert(of, labels);
        }
        Ok(())
    }

    /// An order with its method, and the invoices its money goes to.
    fn order(&mut self, of: Document) -> Db<()> {
        if self.books.orders.contains_key(&of) {
            return Ok(());
        }
        let found = match self.before {
            Some(last) => orders::order_after(self.conn, of, last)?,
            None => orders::order(self.conn, of)?,
        };
        let Some(order) = found else { return Ok(()) };
        self.account(order.account)?;
        self.method(order.placed.method)?;
        for part in &order.placed.parts {
            self.invoice(part.invoice)?;
        }
        for part in order.landed.iter().flat_map(|landed| &landed.parts) {
            self.invoice(part.invoice)?;
        }
        self.books.orders.insert(of, order);
        Ok(())
    }

    fn payment(&mut self, no: PaymentNo, items: bool, cancel: bool) -> Db<()> {
        let Some(state) = rows::payment_state(self.conn, no)? else { return Ok(()) };
        self.account(state.recorded.account)?;
        let payment = state.recorded.document.clone();
        for part in &payment.applications {
            self.invoice(part.invoice)?;
            if items {
                self.items(part.invoice)?;
            }
        }
        if cancel {
            self.postings(no.document())?;
            // An electronic one is never canceled but voided.
            let external = payment.method.is_none();
            if let Some(adjustment) = payment.credit_balance_adjustment.filter(|_| external) {
                self.adjustment(adjustment, false)?;
                self.movements(state.recorded.account, payment.date)?;
            }
        }
        if payment.method.is_some() {
            self.order(no.document())?;
        }
        self.books.payments.insert(no, state);
        Ok(())
    }

    fn adjustment(&mut self, no: AdjustmentNo, items: bool) -> Db<()> {
        let of = no.document();
        let Some(account) = rows::account_of(self.conn, of)? else { return Ok(()) };
        let Some(account) = self.account(account)? else { return Ok(()) };
        let Some(made) = rows::adjustment(self.conn, no, account.currency)? else { return Ok(()) };
        if let Source::Invoice(invoice) = made.document.source {
            self.invoice(invoice)?;
            if items {
                self.items(invoice)?;
            }
        }
        self.books.adjustments.insert(no, rows::recorded(self.conn, made, of)?);
        self.postings(of)
    }

    fn item_adjustment(&mut self, no: ItemAdjustmentNo) -> Db<()> {
        let of = no.document();
        let Some(account) = rows::account_of(self.conn, of)? else { return Ok(()) };
        let Some(account) = self.account(account)? else { return Ok(()) };
        let found = rows::item_adjustment(self.conn, no, account.currency)?;
        let Some(made) = found else { return Ok(()) };
        self.invoice(made.document.invoice)?;
        self.items(made.document.invoice)?;
        self.books.item_adjustments.insert(no, rows::recorded(self.conn, made, of)?);
        self.postings(of)
    }

    fn refund(&mut self, no: RefundNo) -> Db<()> {
        let of = no.document();
        let Some(account) = rows::account_of(self.conn, of)? else { return Ok(()) };
        let Some(account) = self.account(account)? else { return Ok(()) };
        let Some(made) = rows::refund(self.conn, no, account.currency)? else { return Ok(()) };
        if let RefundSource::Payment { payment, parts } = &made.document.source {
            for part in parts {
                self.invoice(part.invoice)?;
            }
            self.payment(*payment, false, false)?;
        }
        if made.document.method.is_some() {
            self.order(of)?;
        }
        self.books.refunds.insert(no, rows::recorded(self.conn, made, of)?);
        self.postings(of)
    }

    /// The postings that made `of`, which a cancellation mirrors.
    fn postings(&mut self, of: Document) -> Db<()> {
        let Some(account) = rows::account_of(self.conn, of)? else { return Ok(()) };
        let sql = match of.kind {
            receivables::Kind::Payment => "SELECT entry_no FROM payment WHERE payment_no = ?1",
            receivables::Kind::CreditBalanceAdjustment => {
                "SELECT entry_no FROM credit_balance_adjustment WHERE adjustment_no = ?1"
            }
            receivables::Kind::Refund => "SELECT entry_no FROM refund WHERE refund_no = ?1",
            receivables::Kind::InvoiceItemAdjustment => {
                "SELECT entry_no FROM invoice_item_adjustment WHERE item_adjustment_no = ?1"
            }
            other => return Err(corrupt(format!("{} has no postings of its own", other.name()))),
        };
        let entry = rows::one(self.conn, sql, [int(of.number)], |row| number(row, 0))?;
        let Some(entry) = entry else { return Ok(()) };
        self.keep_postings(receivables::EntryNo(entry), of, account)
    }

    fn invoice_postings(&mut self, no: InvoiceNo) -> Db<()> {
        match self.invoice(no)? {
            Some(Invoice { posted_entry: Some(entry), account, .. }) => {
                self.keep_postings(entry, no.document(), account)
            }
            _ => Ok(()),
        }
    }

    fn keep_postings(
        &mut self,
        entry: receivables::EntryNo,
        of: Document,
        account: AccountNo,
    ) -> Db<()> {
        let Some(account) = self.account(account)? else { return Ok(()) };
        let found = history::postings_of(self.conn, entry, of, account.currency)?;
        self.books.postings.insert(of, found);
        Ok(())
    }

    /// What is unfinished until the end of a period: drafts, and orders whose money may still move.
    fn unfinished(&mut self, period: &PeriodName) -> Db<()> {
        let settings = self.cache.read().map_err(corrupt)?.settings.clone();
        let Some(period) = settings.period(period) else { return Ok(()) };
        let wanted = |invoice: &Invoice| {
            invoice.status == InvoiceStatus::Draft && invoice.invoice_date <= period.last_day
        };
        let sql = "SELECT s.invoice_no FROM invoice_state s JOIN invoice i USING (invoice_no) \
                   WHERE s.status = 0 AND i.invoice_date <= ?1";
        let written = rows::all(self.conn, sql, [date_int(period.last_day)], |row| {
            Ok(InvoiceNo(number(row, 0)?))
        })?;
        // What is in memory is newer than what was written back.
        let cache = self.cache.read().map_err(corrupt)?;
        let newer = cache.invoices.values().filter(|invoice| wanted(invoice));
        let mut drafts: Vec<InvoiceNo> = newer.map(|invoice| invoice.no).collect();
        drafts.extend(written.into_iter().filter(|no| !cache.invoices.contains_key(no)));
        drop(cache);
        drafts.sort_unstable();
        drafts.truncate(UNFINISHED_MAX);
        let end = settings.beginning_of(period.last_day.tomorrow().map_err(corrupt)?);
        let orders = orders::under_way(self.conn, end)?;
        self.books.unfinished.insert(period.name.clone(), Unfinished { drafts, orders });
        Ok(())
    }

    /// Movements of a credit balance after `date`. Entries of one account are in order of their
    /// instants, so the walk ends at the first one decided on or before `date`; or before anything was dated ahead
    /// that may be later than `date`.
    fn movements(&mut self, no: AccountNo, date: Date) -> Db<()> {
        let Some(account) = self.account(no)? else { return Ok(()) };
        let date = account.ahead_from.map_or(date, |from| from.min(date));
        let settings = self.cache.read().map_err(corrupt)?.settings.clone();
        let mut found = Vec::new();
        let mut next = account.last_credit_posting;
        while let Some(posting) = next {
            let (posting, entry) = history::posting(self.conn, posting, account.currency)?;
            let decided_on = settings.business_date(rows::instant_of(self.conn, entry)?);
            let Some(side) = posting.credit_balance else { break };
            // Two days more, because the time zone may have moved west since.
            if decided_on <= date.saturating_sub(jiff::Span::new().days(2)) {
                break;
            }
            found.push(Movement { date: posting.date, change: side.change(posting.amount) });
            if found.len() > MOVEMENTS_MAX {
                // Enough to tell that it is too many: the rule refuses its command, and no other one.
                break;
            }
            next = side.previous;
        }
        let known = self.books.movements.entry(no).or_default();
        if known.len() < found.len() {
            *known = found;
        }
        Ok(())
    }
}
