use engine::{AccountProfile, DayTotal, InvoiceRecord, Reader};
use receivables::account::Account;
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::invoice::Invoice;
use receivables::refund::Refund;
use receivables::{
    AccountNo, AdjustmentNo, InvoiceNo, ItemAdjustmentNo, Kind, PaymentNo, RefundNo, Settings,
};

/// Every state a reader can see, to compare two moments or two databases.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The last number of every kind.
    pub numbers: Vec<u64>,
    /// The settings.
    pub settings: Settings,
    /// Every account.
    pub accounts: Vec<Account>,
    /// Their names.
    pub profiles: Vec<AccountProfile>,
    /// Every invoice.
    pub invoices: Vec<Invoice>,
    /// As drafted, and their items.
    pub records: Vec<InvoiceRecord>,
    /// Every payment.
    pub payments: Vec<PaymentState>,
    /// Every credit balance adjustment.
    pub adjustments: Vec<Recorded<CreditBalanceAdjustment>>,
    /// Every invoice item adjustment.
    pub item_adjustments: Vec<Recorded<InvoiceItemAdjustment>>,
    /// Every refund.
    pub refunds: Vec<Recorded<Refund>>,
    /// Every day total.
    pub totals: Vec<DayTotal>,
}

impl Snapshot {
    /// What `reader` sees now.
    pub fn of(reader: &dyn Reader) -> Self {
        let kinds = [
            Kind::Account,
            Kind::Invoice,
            Kind::Payment,
            Kind::CreditBalanceAdjustment,
            Kind::Refund,
            Kind::InvoiceItemAdjustment,
            Kind::JournalEntry,
            Kind::InvoiceItem,
        ];
        let all = |kind| 1..=reader.last_number(kind);
        let invoices = || all(Kind::Invoice).map(InvoiceNo);
        let accounts = || all(Kind::Account).map(AccountNo);
        Self {
            numbers: kinds.map(|kind| reader.last_number(kind)).to_vec(),
            settings: reader.settings(),
            accounts: accounts().map(|no| reader.account(no).unwrap().unwrap()).collect(),
            profiles: accounts().map(|no| reader.account_profile(no).unwrap().unwrap()).collect(),
            invoices: invoices().map(|no| reader.invoice(no).unwrap().unwrap()).collect(),
            records: invoices().map(|no| reader.invoice_record(no).unwrap().unwrap()).collect(),
            payments: all(Kind::Payment)
                .map(|no| reader.payment(PaymentNo(no)).unwrap().unwrap())
                .collect(),
            adjustments: all(Kind::CreditBalanceAdjustment)
                .map(|no| reader.adjustment(AdjustmentNo(no)).unwrap().unwrap())
                .collect(),
            item_adjustments: all(Kind::InvoiceItemAdjustment)
                .map(|no| reader.item_adjustment(ItemAdjustmentNo(no)).unwrap().unwrap())
                .collect(),
            refunds: all(Kind::Refund)
                .map(|no| reader.refund(RefundNo(no)).unwrap().unwrap())
                .collect(),
            totals: reader.day_totals().unwrap(),
        }
    }
}
