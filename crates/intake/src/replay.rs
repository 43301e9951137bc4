use std::sync::Arc;

use engine::{Actor, Engine, Failure, IdempotencyKey, Outcome, Request};
use jiff::{SignedDuration, Timestamp};
use money::{Currency, Money};
use receivables::account::Automation;
use receivables::command::{
    ApplyCreditBalance, Command, CreateInvoice, InvoicePart, NewItem, OpenAccount, RecordPayment,
    RefundCreditBalance, Spread, TransferToCreditBalance, Words,
};
use receivables::fact::Fact;
use receivables::id::Ref;
use receivables::invoice::ItemKind;
use receivables::refund::RefundType;
use receivables::text::Text;
use receivables::{AccountNo, InvoiceNo, Rejection};
use serde::Serialize;

use crate::profile::Profile;
use crate::read::{Business, Invoice, Item};

/// Invoices sent in one array: with their settlement at most 1,000 commands.
const INVOICES_PER_ARRAY: usize = 250;
/// Accounts sent in one array.
const ACCOUNTS_PER_ARRAY: usize = 1_000;

/// Why an import stopped. What was answered before is in the books; running it again goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The engine refused something an import relies on.
    #[error("{what}: {failure}")]
    Refused {
        /// What was being imported.
        what: String,
        /// Why it was refused.
        failure: Failure,
    },
    /// A text of the file does not fit.
    #[error("{what}: {reason}")]
    Text {
        /// What was being imported.
        what: String,
        /// Why it does not fit.
        reason: String,
    },
}

/// What an import did, or had done before under the same keys.
#[derive(Clone, Debug, Serialize)]
pub struct Totals {
    /// Accounts.
    pub accounts: u64,
    /// Invoices posted.
    pub invoices: u64,
    /// With a positive total.
    pub positive: u64,
    /// With a negative total.
    pub negative: u64,
    /// With a total of zero.
    pub zero: u64,
    /// Moved from negative invoices to credit balances.
    #[serde(serialize_with = "decimal")]
    pub transferred: Money,
    /// Moved from credit balances to positive invoices.
    #[serde(serialize_with = "decimal")]
    pub applied: Money,
    /// In how many applications.
    pub applications: u64,
    /// Paid.
    #[serde(serialize_with = "decimal")]
    pub paid: Money,
    /// In how many payments.
    pub payments: u64,
    /// Paid out at the end.
    #[serde(serialize_with = "decimal")]
    pub refunded: Money,
    /// In how many refunds.
    pub refunds: u64,
}

fn decimal<S: serde::Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&money.to_decimal())
}

impl Totals {
    fn new(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            accounts: 0,
            invoices: 0,
            positive: 0,
            negative: 0,
            zero: 0,
            transferred: zero,
            applied: zero,
            applications: 0,
            paid: zero,
            payments: 0,
            refunded: zero,
            refunds: 0,
        }
    }
}

/// Sends a business through the engine. `progress` is told the invoices done.
///
/// # Errors
///
/// [`ImportError`] at the first refusal an import does not expect.
pub fn replay(
    engine: &Engine,
    profile: &Profile,
    business: &Business,
    settle: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<Totals, ImportError> {
    let mut replay = Replay {
        engine,
        profile,
        business,
        totals: Totals::new(profile.account.currency),
        accounts: Vec::with_capacity(business.accounts.len()),
        actor: Arc::from(format!("import {}", profile.name)),
    };
    replay.open_accounts()?;
    let mut rest = business.invoices.as_slice();
    while !rest.is_empty() {
        let (chunk, later) = rest.split_at(distinct_accounts(rest));
        rest = later;
        let posted = replay.post(chunk)?;
        if settle {
            replay.settle(chunk, &posted)?;
        }
        progress(replay.totals.invoices);
    }
    if settle {
        replay.pay_out()?;
    }
    Ok(replay.totals)
}

/// How many invoices can be posted before the first is settled: as long as no account comes twice.
/// An account's history runs forward, so a settlement must not wait for its next invoice.
fn distinct_accounts(invoices: &[Invoice]) -> usize {
    let mut seen = std::collections::HashSet::with_capacity(INVOICES_PER_ARRAY);
    let limit = invoices.len().min(INVOICES_PER_ARRAY);
    let same = invoices.iter().take(limit).position(|invoice| !seen.insert(invoice.account));
    same.unwrap_or(limit)
}

struct Replay<'a> {
    engine: &'a Engine,
    profile: &'a Profile,
    business: &'a Business,
    totals: Totals,
    accounts: Vec<AccountNo>,
    actor: Arc<str>,
}

/// A command with the words that name it in an error.
struct Step {
    what: String,
    request: Request,
}

impl Replay<'_> {
    fn step(
        &self,
        what: &str,
        of: &str,
        at: Timestamp,
        command: Command,
    ) -> Result<Step, ImportError> {
        let name = format!("{what} {of}");
        // Ids of a file may hold any characters; a key is made of their hash.
        let key = format!("import/{}/{what}/{}", self.profile.name, engine::hash(of.as_bytes()));
        let key = IdempotencyKey::try_new(&key)
            .map_err(|error| ImportError::Text { what: name.clone(), reason: error.to_string() })?;
        let request =
            Request::new(command, key, Actor::program(Arc::clone(&self.actor)), "import").at(at);
        Ok(Step { what: name, request })
    }

    fn send(&self, steps: Vec<Step>) -> Result<Vec<Answer>, ImportError> {
        let (names, requests): (Vec<String>, Vec<Request>) =
            steps.into_iter().map(|step| (step.what, step.request)).unzip();
        let first = names.first().cloned().unwrap_or_default();
        let answers = self
            .engine
            .execute_all_blocking(requests)
            .map_err(|failure| ImportError::Refused { what: first, failure })?;
        Ok(names.into_iter().zip(answers).collect())
    }

    fn open_accounts(&mut self) -> Result<(), ImportError> {
        let mut first_at: Vec<Option<Timestamp>> = vec![None; self.business.accounts.len()];
        for invoice in &self.business.invoices {
            if let Some(slot) = first_at.get_mut(invoice.account) {
                slot.get_or_insert(invoice.at);
            }
        }
        let dated: Vec<(&String, Timestamp)> = self
            .business
            .accounts
            .iter()
            .zip(first_at)
            .map(|(id, at)| (id, at.unwrap_or(Timestamp::UNIX_EPOCH)))
            .collect();
        for chunk in dated.chunks(ACCOUNTS_PER_ARRAY) {
            let mut steps = Vec::with_capacity(chunk.len());
            for (id, at) in chunk {
                let name = format!("{}{id}", self.profile.account.name_prefix);
                let command = Command::OpenAccount(OpenAccount {
                    external_id: Some(fit::<100>("account", id)?),
                    name: fit::<255>("account", &name)?,
                    currency: self.profile.account.currency,
                    automatic_transfer: Automation::Inherit,
                    automatic_application: Automation::Inherit,
                });
                steps.push(self.step("account", id, *at, command)?);
            }
            for (what, answer) in self.send(steps)? {
                let no = match answer {
                    Ok(outcome) => outcome.entry.head.account,
                    // Opened by other means before: its external id leads to it.
                    Err(Failure::Rejected(Rejection::ExternalIdTaken { document, .. })) => {
                        document.parse::<Ref<AccountNo>>().map_or(AccountNo(0), |found| found.no)
                    }
                    Err(failure) => return Err(ImportError::Refused { what, failure }),
                };
                self.accounts.push(no);
                self.totals.accounts += 1;
            }
        }
        Ok(())
    }

    fn account(&self, invoice: &Invoice) -> Ref<AccountNo> {
        Ref::to(self.accounts.get(invoice.account).copied().unwrap_or(AccountNo(0)))
    }

    fn post(&mut self, chunk: &[Invoice]) -> Result<Vec<(InvoiceNo, Money)>, ImportError> {
        let mut steps = Vec::with_capacity(chunk.len());
        for invoice in chunk {
            let items = invoice.items.iter().map(|item| self.item(item));
            let command = Command::CreateInvoice(CreateInvoice {
                account: self.account(invoice),
                external_id: Some(fit::<100>("invoice", &invoice.number)?),
                invoice_date: None,
                due_date: None,
                currency: None,
                items: items.collect::<Result<_, _>>()?,
                post: true,
            });
            steps.push(self.step("invoice", &invoice.number, invoice.at, command)?);
        }
        let mut posted = Vec::with_capacity(chunk.len());
        for (what, answer) in self.send(steps)? {
            let outcome = answer.map_err(|failure| ImportError::Refused { what, failure })?;
            for fact in &outcome.entry.facts {
                let Fact::InvoiceDrafted(drafted) = fact else { continue };
                posted.push((drafted.no, drafted.amount));
                self.totals.invoices += 1;
                let amount = drafted.amount;
                if amount.is_positive() {
                    self.totals.positive += 1;
                } else if amount.is_negative() {
                    self.totals.negative += 1;
                } else {
                    self.totals.zero += 1;
                }
            }
            self.add(&outcome)?;
        }
        Ok(posted)
    }

    fn item(&self, item: &Item) -> Result<NewItem, ImportError> {
        let text = |index: Option<u32>| {
            let index = usize::try_from(index?).ok()?;
            self.business.texts.get(index).map(AsRef::as_ref)
        };
        let figure = |amount: Option<money::Amount>| match amount {
            Some(amount) => fit::<40>("item", &amount.to_string()).map(Some),
            None => Ok(None),
        };
        Ok(NewItem {
            kind: ItemKind::Charge,
            amount: item.amount.into(),
            accounting_code: None,
            sku: match text(item.sku) {
                Some(sku) => Some(fit::<64>("item", sku)?),
                None => None,
            },
            description: match text(item.description) {
                Some(description) => Some(fit::<500>("item", description)?),
                None => None,
            },
            quantity: figure(item.quantity)?,
            unit_price: figure(item.unit_price)?,
        })
    }

    /// A negative invoice is transferred whole; a positive one takes what credit there is and the
    /// rest is paid the same day. Refusals because nothing is left to move are part of the plan.
    fn settle(
        &mut self,
        chunk: &[Invoice],
        posted: &[(InvoiceNo, Money)],
    ) -> Result<(), ImportError> {
        let mut steps = Vec::with_capacity(chunk.len() * 2);
        for (invoice, (no, amount)) in chunk.iter().zip(posted) {
            let (of, at) = (invoice.number.as_ref(), invoice.at);
            let part = InvoicePart { invoice: Ref::to(*no), amount: None };
            if amount.is_negative() {
                let command = Command::TransferToCreditBalance(TransferToCreditBalance {
                    date: None,
                    invoice: Ref::to(*no),
                    amount: None,
                    currency: None,
                    words: Words::default(),
                });
                steps.push(self.step("transfer of", of, at, command)?);
            } else if amount.is_positive() {
                let apply = Command::ApplyCreditBalance(ApplyCreditBalance {
                    date: None,
                    account: self.account(invoice),
                    spread: Spread::Chosen(vec![part.clone()]),
                    currency: None,
                    words: Words::default(),
                });
                steps.push(self.step("application to", of, at, apply)?);
                let pay = Command::RecordPayment(RecordPayment {
                    account: self.account(invoice),
                    amount: None,
                    currency: None,
                    applications: vec![part],
                    credit_balance_amount: None,
                    method_type: self.profile.settle.payment_method,
                    date: None,
                    words: Words::default(),
                });
                steps.push(self.step("payment of", of, at, pay)?);
            }
        }
        self.settled(steps)
    }

    /// Every credit balance that remains is refunded, dated the day after the last invoice.
    fn pay_out(&mut self) -> Result<(), ImportError> {
        let Some(last) = self.business.invoices.last() else { return Ok(()) };
        let at = last.at.saturating_add(SignedDuration::from_hours(24));
        let at = at.unwrap_or(last.at);
        let numbered: Vec<(&String, AccountNo)> =
            self.business.accounts.iter().zip(self.accounts.iter().copied()).collect();
        for chunk in numbered.chunks(ACCOUNTS_PER_ARRAY) {
            let mut steps = Vec::with_capacity(chunk.len());
            for (id, account) in chunk {
                let command = Command::RefundCreditBalance(RefundCreditBalance {
                    account: Ref::to(*account),
                    amount: None,
                    currency: None,
                    kind: RefundType::External,
                    method: None,
                    gateway: None,
                    method_type: Some(self.profile.settle.payout_method),
                    date: None,
                    words: Words::default(),
                });
                // With the day in its key, so that later invoices may leave credit to pay out again.
                let of = format!("{id} on {}", at.strftime("%Y-%m-%d"));
                steps.push(self.step("payout to", &of, at, command)?);
            }
            self.settled(steps)?;
        }
        Ok(())
    }

    fn settled(&mut self, steps: Vec<Step>) -> Result<(), ImportError> {
        if steps.is_empty() {
            return Ok(());
        }
        for (what, answer) in self.send(steps)? {
            match answer {
                Ok(outcome) => self.add(&outcome)?,
                Err(Failure::Rejected(
                    Rejection::NoCredit { .. }
                    | Rejection::InvoiceNotPositive { .. }
                    | Rejection::InvoiceNotNegative { .. },
                )) => {}
                Err(failure) => return Err(ImportError::Refused { what, failure }),
            }
        }
        Ok(())
    }

    /// Adds what a command did, now or before, to the totals.
    fn add(&mut self, outcome: &Outcome) -> Result<(), ImportError> {
        use receivables::credit_balance::{Direction, Source};
        let totals = &mut self.totals;
        let overflow = |error: money::MoneyError| ImportError::Text {
            what: "totals".to_owned(),
            reason: error.to_string(),
        };
        for fact in &outcome.entry.facts {
            match fact {
                Fact::CreditBalanceAdjusted(adjusted) => {
                    match (adjusted.direction, adjusted.source) {
                        (Direction::Increase, Source::Invoice(_)) => {
                            totals.transferred =
                                totals.transferred.try_add(adjusted.amount).map_err(overflow)?;
                        }
                        (Direction::Decrease, Source::Invoice(_)) => {
                            totals.applied =
                                totals.applied.try_add(adjusted.amount).map_err(overflow)?;
                            totals.applications += 1;
                        }
                        _ => {}
                    }
                }
                Fact::PaymentRecorded(payment) => {
                    totals.paid = totals.paid.try_add(payment.amount).map_err(overflow)?;
                    totals.payments += 1;
                }
                Fact::Refunded(refund) => {
                    totals.refunded = totals.refunded.try_add(refund.amount).map_err(overflow)?;
                    totals.refunds += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

type Answer = (String, Result<Outcome, Failure>);

/// Checks a text of the file against a bounded type.
fn fit<const MAX: usize>(what: &str, text: &str) -> Result<Text<MAX>, ImportError> {
    Text::try_new(text).map_err(|error| ImportError::Text {
        what: format!("{what} {:?}", text.chars().take(60).collect::<String>()),
        reason: error.to_string(),
    })
}
