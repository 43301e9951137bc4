use engine::{AccountProfile, DayTotal, InvoiceRecord, Reader};
use receivables::account::Account;
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::id::Numbered;
use receivables::invoice::Invoice;
use receivables::order::Order;
use receivables::payment_method::MethodState;
use receivables::refund::Refund;
use receivables::{
    AccountNo, AdjustmentNo, Document, InvoiceNo, ItemAdjustmentNo, Kind, MethodNo, PaymentNo,
    RefundNo, Settings,
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
    /// Every payment method.
    pub methods: Vec<MethodState>,
    /// The order of every electronic payment and refund.
    pub orders: Vec<Order>,
    /// Every day total.
    pub totals: Vec<DayTotal>,
}

/// The last number of a kind; 0 if there is none.
pub(crate) fn last_number(reader: &dyn Reader, kind: Kind) -> u64 {
    reader.page(kind, None, 1).unwrap().first().copied().unwrap_or(0)
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
            Kind::PaymentMethod,
        ];
        let all = |kind| {
            let mut numbers = reader.page(kind, None, usize::from(u16::MAX)).unwrap();
            numbers.reverse();
            numbers
        };
        let invoices: Vec<_> = all(Kind::Invoice).into_iter().map(InvoiceNo).collect();
        let accounts: Vec<_> = all(Kind::Account).into_iter().map(AccountNo).collect();
        let payments: Vec<_> = all(Kind::Payment).into_iter().map(PaymentNo).collect();
        let adjustments: Vec<_> =
            all(Kind::CreditBalanceAdjustment).into_iter().map(AdjustmentNo).collect();
        let item_adjustments: Vec<_> =
            all(Kind::InvoiceItemAdjustment).into_iter().map(ItemAdjustmentNo).collect();
        let refunds: Vec<_> = all(Kind::Refund).into_iter().map(RefundNo).collect();
        let methods: Vec<_> = all(Kind::PaymentMethod).into_iter().map(MethodNo).collect();
        let of_payments = payments.iter().map(|no| no.document());
        let documents: Vec<Document> =
            of_payments.chain(refunds.iter().map(|no| no.document())).collect();
        let record = |no: &InvoiceNo| reader.invoice_record(*no).unwrap().unwrap();
        Self {
            numbers: kinds.map(|kind| last_number(reader, kind)).to_vec(),
            settings: reader.settings().unwrap(),
            accounts: reader.accounts(&accounts).unwrap(),
            profiles: reader.account_profiles(&accounts).unwrap(),
            invoices: reader.invoices(&invoices).unwrap(),
            records: invoices.iter().map(record).collect(),
            payments: reader.payments(&payments).unwrap(),
            adjustments: reader.adjustments(&adjustments).unwrap(),
            item_adjustments: reader.item_adjustments(&item_adjustments).unwrap(),
            refunds: reader.refunds(&refunds).unwrap(),
            methods: reader.methods(&methods).unwrap(),
            orders: reader.orders(&documents).unwrap(),
            totals: reader.day_totals().unwrap(),
        }
    }
}
