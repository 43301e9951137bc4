//! A realistic sample business, made by a seeded generator: the same seed, the same books.

use std::sync::Arc;

use engine::{Actor, Engine, IdempotencyKey, Request};
use jiff::{SignedDuration, Timestamp};
use money::{Amount, Currency, Money};
use receivables::account::Automation;
use receivables::command::{
    ApplyCreditBalance, Command, CreateInvoice, InvoicePart, NewItem, OpenAccount, RecordPayment,
    RefundCreditBalance, Spread, TransferToCreditBalance, Words,
};
use receivables::fact::Fact;
use receivables::id::Ref;
use receivables::invoice::ItemKind;
use receivables::payment::MethodType;
use receivables::refund::RefundType;
use receivables::text::{Description, Name, Reference};
use receivables::{AccountNo, InvoiceNo};

use crate::output::{Done, sentence};

/// SplitMix64: small, seeded, good enough for a sample.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        of.get(index).copied().unwrap_or("")
    }
}

const FIRST: [&str; 16] = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Katherine",
    "Claude",
    "Hedy",
    "Linus",
    "Margaret",
    "Niklaus",
    "Radia",
    "Tim",
    "Frances",
    "Ken",
];
const LAST: [&str; 12] = [
    "Bakery", "Books", "Cycles", "Dental", "Garden", "Joinery", "Kitchen", "Optics", "Press",
    "Studio", "Tools", "Yoga",
];
const GOODS: [&str; 8] = [
    "Team plan, monthly",
    "Business plan, yearly",
    "Onboarding",
    "Extra seats",
    "Support hours",
    "Storage, 1 TB",
    "Card terminal",
    "Training day",
];

/// The sample's accounts that are worth a look, for the tour.
pub(crate) struct Sample {
    pub(crate) with_credit: Option<AccountNo>,
    pub(crate) negative_invoice: Option<InvoiceNo>,
}

struct Maker<'a> {
    engine: &'a Engine,
    seed: u64,
    sent: u64,
    actor: Arc<str>,
}

impl Maker<'_> {
    fn send(&mut self, at: Timestamp, command: Command) -> Done<Arc<receivables::Entry>> {
        self.sent += 1;
        let key = IdempotencyKey::try_new(&format!("sample/{}/{}", self.seed, self.sent))?;
        let request =
            Request::new(command, key, Actor::program(Arc::clone(&self.actor)), "sample").at(at);
        let mut answers = self.engine.execute_all_blocking(vec![request])?;
        let outcome = answers.pop().ok_or_else(|| sentence("no answer"))??;
        Ok(outcome.entry)
    }

    fn invoice(
        &mut self,
        at: Timestamp,
        account: AccountNo,
        amount: Money,
        what: &str,
    ) -> Done<InvoiceNo> {
        let item = NewItem {
            kind: ItemKind::Charge,
            amount: Amount::from(amount),
            accounting_code: None,
            sku: None,
            description: Description::try_new(what).ok(),
            quantity: None,
            unit_price: None,
        };
        let entry = self.send(
            at,
            Command::CreateInvoice(CreateInvoice {
                account: Ref::to(account),
                external_id: None,
                invoice_date: None,
                due_date: None,
                currency: None,
                items: vec![item],
                post: true,
            }),
        )?;
        let drafted = entry.facts.iter().find_map(|fact| match fact {
            Fact::InvoiceDrafted(drafted) => Some(drafted.no),
            _ => None,
        });
        drafted.ok_or_else(|| sentence("the sample made no invoice"))
    }
}

/// Makes about a year of business ending at `now`: charges, payments, returns, transfers,
/// applications, overpayments and a few refunds.
pub(crate) fn make(engine: &Engine, seed: u64, accounts: u32, now: Timestamp) -> Done<Sample> {
    let mut random = Random(seed);
    let mut maker = Maker { engine, seed, sent: 0, actor: Arc::from("sample generator") };
    let mut sample = Sample { with_credit: None, negative_invoice: None };
    for index in 0..accounts {
        let currency = match random.below(20) {
            0 => Currency::JPY,
            1 => Currency::BHD,
            2..=5 => Currency::EUR,
            6..=8 => Currency::GBP,
            _ => Currency::USD,
        };
        let name = format!("{} {} {}", random.pick(&FIRST), random.pick(&LAST), index + 1);
        let days_ago = 30 + i64::try_from(random.below(335)).unwrap_or(0);
        let mut at = now.checked_sub(SignedDuration::from_hours(24 * days_ago)).unwrap_or(now);
        let entry = maker.send(
            at,
            Command::OpenAccount(OpenAccount {
                external_id: None,
                name: Name::try_new(&name)?,
                currency,
                automatic_transfer: Automation::Inherit,
                automatic_application: Automation::Inherit,
            }),
        )?;
        let account = entry.head.account;
        let months = 1 + random.below(6);
        for _ in 0..months {
            at = at.checked_add(SignedDuration::from_hours(96)).unwrap_or(at).min(now);
            month(&mut maker, &mut random, &mut sample, at, account, currency)?;
        }
    }
    Ok(sample)
}

fn month(
    maker: &mut Maker<'_>,
    random: &mut Random,
    sample: &mut Sample,
    at: Timestamp,
    account: AccountNo,
    currency: Currency,
) -> Done {
    let unit = 10_i64.pow(u32::from(currency.decimals()));
    let amount = (20 + i64::try_from(random.below(480)).unwrap_or(0)) * unit;
    let goods = random.pick(&GOODS);
    let invoice = maker.invoice(at, account, Money::from_minor(amount, currency), goods)?;
    let fate = random.below(10);
    if fate < 7 {
        let over = if fate == 0 { amount / 4 } else { 0 };
        let part = InvoicePart { invoice: Ref::to(invoice), amount: None };
        let whole = Amount::from(Money::from_minor(amount + over, currency));
        maker.send(
            at,
            Command::RecordPayment(RecordPayment {
                account: Ref::to(account),
                amount: Some(whole),
                currency: None,
                applications: vec![part],
                credit_balance_amount: None,
                method_type: MethodType::WireTransfer,
                date: None,
                words: Words::default(),
            }),
        )?;
        if over > 0 {
            sample.with_credit = Some(account);
        }
    }
    if fate == 1 || fate == 8 {
        let back = Money::from_minor(amount / 2, currency);
        returned(maker, random, sample, at, account, back)?;
    }
    Ok(())
}

fn returned(
    maker: &mut Maker<'_>,
    random: &mut Random,
    sample: &mut Sample,
    at: Timestamp,
    account: AccountNo,
    back: Money,
) -> Done {
    let invoice = maker.invoice(at, account, back.negated(), "Returned goods")?;
    if random.below(4) == 0 {
        sample.negative_invoice = Some(invoice);
        return Ok(());
    }
    maker.send(
        at,
        Command::TransferToCreditBalance(TransferToCreditBalance {
            date: None,
            invoice: Ref::to(invoice),
            amount: None,
            currency: None,
            words: Words::default(),
        }),
    )?;
    sample.with_credit = Some(account);
    match random.below(4) {
        0 => {
            maker.send(
                at,
                Command::RefundCreditBalance(RefundCreditBalance {
                    account: Ref::to(account),
                    amount: None,
                    currency: None,
                    kind: RefundType::External,
                    method: None,
                    gateway: None,
                    method_type: Some(MethodType::Check),
                    date: None,
                    words: Words {
                        reference: Reference::try_new(&format!(
                            "chq {}",
                            4000 + back.minor() % 1000
                        ))
                        .ok(),
                        ..Words::default()
                    },
                }),
            )?;
            sample.with_credit = None;
        }
        1 => {
            let command = Command::ApplyCreditBalance(ApplyCreditBalance {
                date: None,
                account: Ref::to(account),
                spread: Spread::OldestDueFirst(None),
                currency: None,
                words: Words::default(),
            });
            // An account without an open invoice keeps its credit.
            let _ = maker.send(at, command);
        }
        _ => {}
    }
    Ok(())
}
