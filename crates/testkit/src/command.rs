//! Commands in few words. Every optional field a test does not care about is left out; the fields of
//! the command structs are public, so a test may set the rest.

use jiff::civil::Date;
use money::{Amount, Currency};
use receivables::account::{AccountStatus, Automation};
use receivables::adjustment::AdjustmentType;
use receivables::command::{
    AdjustInvoiceItems, AdjustmentLine, ApplyCreditBalance, Cancel, CancelAdjustment,
    ChangeAccount, ChangeSettings, CounterAdjust, CreateInvoice, InvoicePart, NewItem, OneInvoice,
    OpenAccount, RecordPayment, RefundCreditBalance, RefundPayment, Spread,
    TransferToCreditBalance, Words,
};
use receivables::id::Ref;
use receivables::invoice::ItemKind;
use receivables::payment::MethodType;
use receivables::refund::RefundType;
use receivables::text::Name;
use receivables::{
    AccountNo, AdjustmentNo, Command, InvoiceNo, ItemAdjustmentNo, ItemNo, PaymentNo, RefundNo,
};

/// Leaves the amount to the rules: as much as possible.
pub const ALL: &str = "all";

/// An amount, or none for [`ALL`].
pub fn sum(text: &str) -> Option<Amount> {
    (text != ALL).then(|| text.parse().unwrap())
}

/// A date.
pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A currency.
pub fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

/// Opens an account that follows the settings of the organisation.
pub fn open(code: &str) -> OpenAccount {
    OpenAccount {
        external_id: None,
        name: Name::try_new("Customer").unwrap(),
        currency: currency(code),
        automatic_transfer: Automation::Inherit,
        automatic_application: Automation::Inherit,
    }
}

/// Changes nothing on an account yet.
pub fn change(account: AccountNo) -> ChangeAccount {
    ChangeAccount {
        account: Ref::to(account),
        name: None,
        status: None,
        automatic_transfer: None,
        automatic_application: None,
        gateway: None,
    }
}

/// Changes the status of an account.
pub fn set_status(account: AccountNo, status: AccountStatus) -> Command {
    Command::ChangeAccount(ChangeAccount { status: Some(status), ..change(account) })
}

/// Switches automatic transfer and application of the organisation.
pub fn automate(transfer: bool, application: bool) -> Command {
    Command::ChangeSettings(ChangeSettings {
        automatic_transfer: Some(transfer),
        automatic_application: Some(application),
        ..ChangeSettings::default()
    })
}

/// An invoice to be: charge and tax lines, dates, then [`Bill::draft`] or [`Bill::posted`].
#[derive(Clone, Debug)]
pub struct Bill(CreateInvoice);

/// Starts an invoice.
pub fn bill(account: AccountNo) -> Bill {
    Bill(CreateInvoice {
        account: Ref::to(account),
        external_id: None,
        invoice_date: None,
        due_date: None,
        currency: None,
        items: Vec::new(),
        post: false,
    })
}

impl Bill {
    fn item(mut self, kind: ItemKind, amount: &str) -> Self {
        self.0.items.push(NewItem {
            kind,
            amount: amount.parse().unwrap(),
            accounting_code: None,
            sku: None,
            description: None,
            quantity: None,
            unit_price: None,
        });
        self
    }

    /// Adds a charge line.
    #[must_use]
    pub fn charge(self, amount: &str) -> Self {
        self.item(ItemKind::Charge, amount)
    }

    /// Adds a tax line on the charge before it.
    #[must_use]
    pub fn tax(self, amount: &str) -> Self {
        self.item(ItemKind::Tax, amount)
    }

    /// Dates the invoice.
    #[must_use]
    pub fn dated(mut self, date: &str) -> Self {
        self.0.invoice_date = Some(day(date));
        self
    }

    /// Says when it falls due.
    #[must_use]
    pub fn due(mut self, date: &str) -> Self {
        self.0.due_date = Some(day(date));
        self
    }

    /// Gives it the number of another system.
    #[must_use]
    pub fn number(mut self, id: &str) -> Self {
        self.0.external_id = Some(id.parse().unwrap());
        self
    }

    /// The command that drafts it.
    pub fn draft(self) -> Command {
        Command::CreateInvoice(self.0)
    }

    /// The command that drafts and posts it.
    pub fn posted(mut self) -> Command {
        self.0.post = true;
        Command::CreateInvoice(self.0)
    }
}

/// Names one invoice.
pub fn one(invoice: InvoiceNo) -> OneInvoice {
    OneInvoice { invoice: Ref::to(invoice) }
}

/// Some of an invoice, or [`ALL`] of it.
pub fn part(invoice: InvoiceNo, amount: &str) -> InvoicePart {
    InvoicePart { invoice: Ref::to(invoice), amount: sum(amount) }
}

/// A Credit line on an item; on the only item if none is named.
pub fn credit(item: Option<ItemNo>, amount: &str) -> AdjustmentLine {
    AdjustmentLine {
        item: item.map(Ref::to),
        kind: AdjustmentType::Credit,
        amount: amount.parse().unwrap(),
    }
}

/// A Charge line on an item; on the only item if none is named.
pub fn charge(item: Option<ItemNo>, amount: &str) -> AdjustmentLine {
    AdjustmentLine { kind: AdjustmentType::Charge, ..credit(item, amount) }
}

/// Adjusts items of an invoice.
pub fn adjust(invoice: InvoiceNo, lines: Vec<AdjustmentLine>) -> Command {
    Command::AdjustInvoiceItems(AdjustInvoiceItems {
        settle: false,
        invoice: Ref::to(invoice),
        lines,
        date: None,
        words: Words::default(),
    })
}

/// Takes an item adjustment back.
pub fn cancel_item_adjustment(no: ItemAdjustmentNo) -> Command {
    Command::CancelInvoiceItemAdjustment(Cancel { document: Ref::to(no), words: Words::default() })
}

/// Records an external payment by wire: parts for invoices, and a part for the credit balance.
pub fn pay(account: AccountNo, parts: Vec<InvoicePart>, credit: Option<&str>) -> RecordPayment {
    RecordPayment {
        account: Ref::to(account),
        amount: None,
        currency: None,
        applications: parts,
        credit_balance_amount: credit.and_then(sum),
        method_type: MethodType::WireTransfer,
        date: None,
        words: Words::default(),
    }
}

/// Cancels a payment.
pub fn cancel_payment(no: PaymentNo) -> Command {
    Command::CancelPayment(Cancel { document: Ref::to(no), words: Words::default() })
}

/// Transfers a negative invoice to the credit balance.
pub fn transfer(invoice: InvoiceNo, amount: &str) -> TransferToCreditBalance {
    TransferToCreditBalance {
        date: None,
        invoice: Ref::to(invoice),
        amount: sum(amount),
        currency: None,
        words: Words::default(),
    }
}

/// Applies credit to these invoices.
pub fn apply(account: AccountNo, parts: Vec<InvoicePart>) -> ApplyCreditBalance {
    ApplyCreditBalance {
        date: None,
        account: Ref::to(account),
        spread: Spread::Chosen(parts),
        currency: None,
        words: Words::default(),
    }
}

/// Applies credit to open invoices, the oldest due first.
pub fn apply_oldest(account: AccountNo, limit: &str) -> ApplyCreditBalance {
    ApplyCreditBalance { spread: Spread::OldestDueFirst(sum(limit)), ..apply(account, Vec::new()) }
}

/// Cancels a credit balance adjustment, and settles the invoice if wanted.
pub fn cancel_adjustment(no: AdjustmentNo, settle: bool) -> Command {
    let words = Words::default();
    Command::CancelCreditBalanceAdjustment(CancelAdjustment {
        adjustment: Ref::to(no),
        settle,
        words,
    })
}

/// Reverses adjustments of an invoice by one of the opposite type.
pub fn counter(invoice: InvoiceNo, amount: &str) -> CounterAdjust {
    CounterAdjust {
        date: None,
        invoice: Ref::to(invoice),
        amount: sum(amount),
        currency: None,
        words: Words::default(),
    }
}

/// Refunds the credit balance by cheque.
pub fn refund(account: AccountNo, amount: &str) -> RefundCreditBalance {
    RefundCreditBalance {
        account: Ref::to(account),
        amount: sum(amount),
        currency: None,
        kind: RefundType::External,
        method_type: Some(MethodType::Check),
        method: None,
        gateway: None,
        date: None,
        words: Words::default(),
    }
}

/// Refunds a payment by cheque.
pub fn refund_payment(payment: PaymentNo, amount: &str) -> RefundPayment {
    RefundPayment {
        payment: Ref::to(payment),
        amount: sum(amount),
        currency: None,
        parts: Vec::new(),
        kind: RefundType::External,
        method_type: Some(MethodType::Check),
        method: None,
        gateway: None,
        override_dispute: false,
        date: None,
        adjust: false,
        words: Words::default(),
    }
}

/// Cancels a payment refund.
pub fn cancel_refund(no: RefundNo) -> Command {
    Command::CancelRefund(Cancel { document: Ref::to(no), words: Words::default() })
}
