//! Random steps, and the commands they become when it is their turn.

use jiff::ToSpan;
use jiff::civil::Date;
use money::{Amount, Currency, Money};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use receivables::account::{AccountStatus, Automation};
use receivables::adjustment::AdjustmentType;
use receivables::command::{
    AdjustInvoiceItems, AdjustmentLine, ApplyCreditBalance, ChangeAccount, CounterAdjust,
    CreateInvoice, InvoicePart, NewItem, RecordPayment, RefundCreditBalance, RefundPayment, Spread,
    TransferToCreditBalance, Words,
};
use receivables::id::Ref;
use receivables::invoice::{Invoice, InvoiceStatus, ItemKind};
use receivables::{
    AccountNo, AdjustmentNo, Command, InvoiceNo, ItemAdjustmentNo, Kind, PaymentNo, RefundNo,
};
use testkit::World;
use testkit::command::{
    ALL, apply, automate, cancel_adjustment, cancel_item_adjustment, cancel_payment, cancel_refund,
    change, counter, one, pay, refund, refund_payment, transfer,
};

/// Picks one of the documents there are; the last ones more often. Now and then one too far.
pub(crate) type Pick = u8;
/// Minor units; none leaves the amount to the rules.
pub(crate) type Sum = Option<i64>;

/// A command in the making: what it names is picked when it is its turn.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Bill {
        account: Pick,
        items: Vec<(bool, i64)>,
        dated: i8,
        due: u8,
        post: bool,
    },
    Post(Pick),
    Unpost(Pick),
    Void(Pick),
    Adjust {
        invoice: Pick,
        lines: Vec<(Option<Pick>, bool, i64)>,
    },
    CancelItem(Pick),
    Pay {
        account: Pick,
        parts: Vec<(Pick, Sum)>,
        whole: Sum,
        credit: Sum,
        dated: Option<i8>,
    },
    CancelPayment(Pick),
    Transfer(Pick, Sum),
    Apply {
        account: Pick,
        parts: Vec<(Pick, Sum)>,
    },
    ApplyOldest(Pick, Sum),
    Cancel(Pick, bool),
    Counter(Pick, Sum),
    Refund {
        account: Pick,
        sum: Sum,
        dated: Option<i8>,
    },
    RefundPayment {
        payment: Pick,
        sum: Sum,
        parts: Vec<(Pick, Sum)>,
        adjust: bool,
    },
    CancelRefund(Pick),
    Account {
        account: Pick,
        active: Option<bool>,
        transfer: Option<u8>,
        apply: Option<u8>,
    },
    Settings(bool, bool),
    /// Time passes, and the array ends.
    Later(u8),
}

fn sum() -> impl Strategy<Value = Sum> {
    weighted(0.6, amount())
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![8 => prop::sample::select(vec![1_i64, 5, 10, 20, 40, 100]), 1 => 0..150_i64]
}

fn signed() -> impl Strategy<Value = i64> {
    (amount(), any::<bool>()).prop_map(|(minor, negative)| if negative { -minor } else { minor })
}

fn past() -> impl Strategy<Value = Option<i8>> {
    weighted(0.3, -4..=1_i8)
}

fn automation() -> impl Strategy<Value = Option<u8>> {
    weighted(0.5, 0..3_u8)
}

fn step() -> impl Strategy<Value = Step> {
    let pick = any::<Pick>;
    let parts = || vec((any::<Pick>(), sum()), 0..4);
    let items = vec((prop::bool::weighted(0.2), signed()), 1..4);
    prop_oneof![
        10 => (pick(), items, prop_oneof![6 => Just(0), 1 => -3..=2_i8], 0..3_u8, prop::bool::weighted(0.8))
            .prop_map(|(account, items, dated, due, post)| Step::Bill { account, items, dated, due, post }),
        2 => pick().prop_map(Step::Post),
        3 => pick().prop_map(Step::Unpost),
        1 => pick().prop_map(Step::Void),
        4 => (pick(), vec((weighted(0.7, pick()), any::<bool>(), amount()), 1..3))
            .prop_map(|(invoice, lines)| Step::Adjust { invoice, lines }),
        2 => pick().prop_map(Step::CancelItem),
        8 => (pick(), parts(), weighted(0.1, amount()), sum(), past())
            .prop_map(|(account, parts, whole, credit, dated)| Step::Pay { account, parts, whole, credit, dated }),
        3 => pick().prop_map(Step::CancelPayment),
        5 => (pick(), sum()).prop_map(|(invoice, sum)| Step::Transfer(invoice, sum)),
        4 => (pick(), parts()).prop_map(|(account, parts)| Step::Apply { account, parts }),
        4 => (pick(), sum()).prop_map(|(account, sum)| Step::ApplyOldest(account, sum)),
        5 => (pick(), any::<bool>()).prop_map(|(adjustment, settle)| Step::Cancel(adjustment, settle)),
        4 => (pick(), sum()).prop_map(|(invoice, sum)| Step::Counter(invoice, sum)),
        4 => (pick(), sum(), past()).prop_map(|(account, sum, dated)| Step::Refund { account, sum, dated }),
        4 => (pick(), sum(), prop_oneof![2 => Just(Vec::new()), 1 => parts()], any::<bool>())
            .prop_map(|(payment, sum, parts, adjust)| Step::RefundPayment { payment, sum, parts, adjust }),
        2 => pick().prop_map(Step::CancelRefund),
        1 => (pick(), weighted(0.3, any::<bool>()), automation(), automation())
            .prop_map(|(account, active, transfer, apply)| Step::Account { account, active, transfer, apply }),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(transfer, apply)| Step::Settings(transfer, apply)),
        3 => (0..40_u8).prop_map(Step::Later),
    ]
}

/// Up to forty: half of them begin with some credit and an open invoice on each account.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bill = |account, minor| Step::Bill {
        account,
        items: vec![(false, minor), (true, minor / 10)],
        dated: 0,
        due: 0,
        post: true,
    };
    let pay = |account| Step::Pay {
        account,
        parts: vec![(1, Some(40))],
        whole: None,
        credit: Some(40),
        dated: None,
    };
    let begin = [bill(1, 100), bill(2, 100), bill(1, -100), pay(1), pay(2), bill(2, -40)];
    (any::<bool>(), vec(step(), 1..34)).prop_map(move |(given, steps)| {
        if given { begin.iter().cloned().chain(steps).collect() } else { steps }
    })
}

/// Turns steps into commands, by what there is in the world where they run singly.
pub(crate) struct Resolver<'w> {
    pub(crate) world: &'w World,
}

fn money(minor: i64, currency: Currency) -> Amount {
    Amount::from(Money::from_minor(minor, currency))
}

/// Two of three amounts are cut down to what is possible.
fn fit_in(sum: Sum, limit: i64) -> Sum {
    sum.map(|minor| if minor % 3 == 0 || limit == 0 { minor } else { minor.min(limit.abs()) })
}

impl Resolver<'_> {
    /// The last documents more often; now and then one too far.
    fn number(&self, kind: Kind, pick: Pick) -> u64 {
        let last = self.world.count(kind);
        let back = u64::from(pick / 2) % (last + 1);
        if pick > 250 { last + 1 } else { last.saturating_sub(back).max(1) }
    }

    fn account(&self, pick: Pick) -> (AccountNo, Currency) {
        let no = if pick > 250 { AccountNo(3) } else { AccountNo(1 + u64::from(pick) % 2) };
        let found = self.world.reader.account(no).unwrap();
        (no, found.map_or(Currency::USD, |account| account.currency))
    }

    /// Mostly an invoice that is `fit` for the command.
    fn invoice(&self, pick: Pick, fit: impl Fn(&Invoice) -> bool) -> (InvoiceNo, Currency, i64) {
        let all =
            || (1..=self.world.count(Kind::Invoice)).map(|no| self.world.invoice(InvoiceNo(no)));
        let fitting: Vec<Invoice> = all().filter(fit).collect();
        let found = match fitting.len() {
            0 => None,
            _ if pick.is_multiple_of(8) => None,
            count => fitting.get(usize::from(pick / 2) % count).copied(),
        };
        let no = InvoiceNo(self.number(Kind::Invoice, pick));
        match found.or_else(|| self.world.reader.invoice(no).unwrap()) {
            Some(found) => (found.no, found.amount.currency(), found.receivable().unwrap().minor()),
            None => (no, Currency::USD, 0),
        }
    }

    /// Parts, most of them on open invoices of the account.
    fn parts(&self, account: AccountNo, parts: &[(Pick, Sum)]) -> Vec<InvoicePart> {
        let mut found: Vec<InvoicePart> = Vec::new();
        for (pick, sum) in parts {
            let fit = |invoice: &Invoice| {
                invoice.account == account && invoice.receivable().unwrap().is_positive()
            };
            let (no, currency, balance) = self.invoice(*pick, fit);
            let amount = fit_in(*sum, balance).map(|minor| money(minor, currency));
            if *pick % 16 == 0 || found.iter().all(|part| part.invoice.no != no) {
                found.push(InvoicePart { invoice: Ref::to(no), amount });
            }
        }
        found
    }

    fn credit(&self, account: AccountNo) -> i64 {
        let found = self.world.reader.account(account).unwrap();
        found.map_or(0, |account| account.credit_balance.minor())
    }

    fn today(&self) -> Date {
        let clock: &dyn engine::Clock = self.world.clock.as_ref();
        self.world.settings().business_date(clock.now())
    }

    fn day(&self, offset: i8) -> Date {
        self.today().checked_add(i32::from(offset).days()).unwrap()
    }

    fn bill(&self, pick: Pick, items: &[(bool, i64)], dated: i8, due: u8, post: bool) -> Command {
        let (account, currency) = self.account(pick);
        let item = |(index, (tax, minor)): (usize, &(bool, i64))| NewItem {
            kind: if *tax && index > 0 { ItemKind::Tax } else { ItemKind::Charge },
            amount: money(*minor, currency),
            accounting_code: None,
            sku: None,
            description: None,
            quantity: None,
            unit_price: None,
        };
        let invoice_date = (dated != 0).then(|| self.day(dated));
        let due_date = self.day(dated).checked_add(i32::from(due).days()).ok();
        Command::CreateInvoice(CreateInvoice {
            account: Ref::to(account),
            external_id: None,
            invoice_date,
            due_date,
            currency: None,
            items: items.iter().enumerate().map(item).collect(),
            post,
        })
    }

    fn adjust(&self, pick: Pick, lines: &[(Option<Pick>, bool, i64)]) -> Command {
        let fit = |invoice: &Invoice| !invoice.receivable().unwrap().is_zero();
        let (invoice, currency, balance) = self.invoice(pick, fit);
        let items = self.world.reader.invoice_record(invoice).unwrap();
        let items = items.map_or(Vec::new(), |record| record.items);
        let line = |(pick, against, minor): &(Option<Pick>, bool, i64)| {
            let item = pick.and_then(|pick| items.get(usize::from(pick) % items.len().max(1)));
            let left = item.map_or(balance, |item| item.balance().unwrap().minor());
            let charge = (left < 0) != (*against && minor % 5 == 0);
            AdjustmentLine {
                item: item.map(|item| Ref::to(item.no)),
                kind: if charge { AdjustmentType::Charge } else { AdjustmentType::Credit },
                amount: money(fit_in(Some(*minor), left).unwrap(), currency),
            }
        };
        Command::AdjustInvoiceItems(AdjustInvoiceItems {
            settle: false,
            invoice: Ref::to(invoice),
            lines: lines.iter().map(line).collect(),
            date: None,
            words: Words::default(),
        })
    }

    pub(crate) fn command(&self, step: &Step) -> Command {
        let drafts = |invoice: &Invoice| invoice.status == InvoiceStatus::Draft;
        match step {
            Step::Bill { account, items, dated, due, post } => {
                self.bill(*account, items, *dated, *due, *post)
            }
            Step::Post(pick) => Command::PostInvoice(one(self.invoice(*pick, drafts).0)),
            Step::Unpost(pick) => {
                let account = self.world.reader.account(self.account(*pick).0).unwrap();
                let latest = account.and_then(|account| account.latest_posted);
                let (no, ..) = self.invoice(*pick, |invoice| Some(invoice.no) == latest);
                Command::UnpostInvoice(one(no))
            }
            Step::Void(pick) => Command::CancelInvoice(one(self.invoice(*pick, drafts).0)),
            Step::Adjust { invoice, lines } => self.adjust(*invoice, lines),
            Step::CancelItem(pick) => {
                let no = self.number(Kind::InvoiceItemAdjustment, *pick);
                cancel_item_adjustment(ItemAdjustmentNo(no))
            }
            Step::CancelPayment(pick) => {
                cancel_payment(PaymentNo(self.number(Kind::Payment, *pick)))
            }
            Step::Transfer(pick, sum) => {
                let fit = |invoice: &Invoice| invoice.receivable().unwrap().is_negative();
                let (no, currency, balance) = self.invoice(*pick, fit);
                let amount = fit_in(*sum, balance).map(|minor| money(minor, currency));
                let command = TransferToCreditBalance { amount, ..transfer(no, ALL) };
                Command::TransferToCreditBalance(command)
            }
            Step::Cancel(pick, settle) => {
                let no = self.number(Kind::CreditBalanceAdjustment, *pick);
                cancel_adjustment(AdjustmentNo(no), *settle)
            }
            Step::Counter(pick, sum) => {
                let fit = |invoice: &Invoice| invoice.net_credit().unwrap().is_positive();
                let (no, currency, _) = self.invoice(*pick, fit);
                let net = self.world.reader.invoice(no).unwrap();
                let net = net.map_or(0, |invoice| invoice.net_credit().unwrap().minor());
                let amount = fit_in(*sum, net).map(|minor| money(minor, currency));
                Command::CounterAdjust(CounterAdjust { amount, ..counter(no, ALL) })
            }
            Step::RefundPayment { payment, sum, parts, adjust } => {
                self.refund_payment(*payment, *sum, parts, *adjust)
            }
            Step::CancelRefund(pick) => cancel_refund(RefundNo(self.number(Kind::Refund, *pick))),
            Step::Settings(transfer, apply) => automate(*transfer, *apply),
            Step::Pay { account, .. }
            | Step::Apply { account, .. }
            | Step::ApplyOldest(account, _)
            | Step::Refund { account, .. }
            | Step::Account { account, .. } => self.on_account(*account, step),
            Step::Later(_) => unreachable!("time is no command"),
        }
    }

    fn on_account(&self, pick: Pick, step: &Step) -> Command {
        let (account, currency) = self.account(pick);
        let within = |sum: &Sum, limit| fit_in(*sum, limit).map(|minor| money(minor, currency));
        match step {
            Step::Pay { parts, whole, credit, dated, .. } => {
                Command::RecordPayment(RecordPayment {
                    amount: within(whole, 0),
                    credit_balance_amount: within(credit, 0),
                    date: dated.map(|offset| self.day(offset)),
                    ..pay(account, self.parts(account, parts), None)
                })
            }
            Step::Apply { parts, .. } => {
                Command::ApplyCreditBalance(apply(account, self.parts(account, parts)))
            }
            Step::ApplyOldest(_, sum) => {
                let spread = Spread::OldestDueFirst(within(sum, self.credit(account)));
                let command = ApplyCreditBalance { spread, ..apply(account, vec![]) };
                Command::ApplyCreditBalance(command)
            }
            Step::Refund { sum, dated, .. } => Command::RefundCreditBalance(RefundCreditBalance {
                amount: within(sum, self.credit(account)),
                date: dated.map(|offset| self.day(offset)),
                ..refund(account, ALL)
            }),
            Step::Account { active, transfer, apply, .. } => {
                let choice = |choice: &Option<u8>| {
                    choice.map(|choice| match choice {
                        0 => Automation::Inherit,
                        1 => Automation::On,
                        _ => Automation::Off,
                    })
                };
                let status = active.map(|active| {
                    if active { AccountStatus::Active } else { AccountStatus::Canceled }
                });
                Command::ChangeAccount(ChangeAccount {
                    status,
                    automatic_transfer: choice(transfer),
                    automatic_application: choice(apply),
                    ..change(account)
                })
            }
            other => unreachable!("{other:?}"),
        }
    }

    fn refund_payment(&self, pick: Pick, sum: Sum, parts: &[(Pick, Sum)], adjust: bool) -> Command {
        let no = PaymentNo(self.number(Kind::Payment, pick));
        let state = self.world.reader.payment(no).unwrap();
        let currency =
            state.as_ref().map_or(Currency::USD, |state| state.recorded.document.amount.currency());
        let left: Vec<(InvoiceNo, i64)> = state
            .iter()
            .flat_map(|state| {
                let parts = state.recorded.document.applications.iter().zip(&state.refunded);
                parts.map(|(part, refunded)| (part.invoice, part.amount.minor() - refunded.minor()))
            })
            .collect();
        let parts = parts.iter().filter_map(|(pick, sum)| {
            let (invoice, rest) = left.get(usize::from(*pick) % left.len().max(1))?;
            let amount = fit_in(*sum, *rest).map(|minor| money(minor, currency));
            Some(InvoicePart { invoice: Ref::to(*invoice), amount })
        });
        let parts: Vec<InvoicePart> = parts.collect();
        let whole = left.iter().map(|(_, rest)| rest).sum();
        let sum = if parts.is_empty() { fit_in(sum, whole) } else { None };
        Command::RefundPayment(RefundPayment {
            amount: sum.map(|minor| money(minor, currency)),
            parts,
            adjust,
            ..refund_payment(no, ALL)
        })
    }
}
