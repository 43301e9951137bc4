//! Commands in few words. What a case does not care about is left out; every field of a command is
//! public, so a case may set the rest.

use jiff::civil::Date;
use money::{Amount, Currency};
use receivables::account::Automation;
use receivables::adjustment::AdjustmentType;
use receivables::approval::{Conditions, Level, Policy, TotalOver};
use receivables::command::{
    AddGateway, AddPaymentMethod, AdjustInvoiceItems, AdjustmentLine, AnswerSource,
    ApplyCreditBalance, Cancel, CancelAdjustment, ChangeAccount, ChangePaymentMethod, ChangePeriod,
    ChangeSettings, ChargePayment, ClaimOrder, CounterAdjust, CreateInvoice, InvoicePart,
    MakePeriod, NewItem, OneInvoice, OpenAccount, OrderRef, RecordPayment, RefundCreditBalance,
    RefundPayment, ReportOrder, Review, Spread, TransferToCreditBalance, Words,
};
use receivables::gateway::GatewayKind;
use receivables::id::{Numbered, Ref};
use receivables::invoice::ItemKind;
use receivables::labels::{
    ChangeLabels, CustomField, DocumentRef, FieldName, FieldObject, FieldType, FieldValue,
    Generation, LabelChanges, MetadataChange, MetadataKey,
};
use receivables::order::{GatewaySaid, Meaning};
use receivables::payment::MethodType;
use receivables::payment_method::{Expiry, LastFour};
use receivables::period::PeriodStatus;
use receivables::permission::Standard;
use receivables::personal_data::{NotePersonalData, PersonalDataStep};
use receivables::refund::RefundType;
use receivables::text::{ExternalId, Name, Text};
use receivables::{
    AccountNo, AdjustmentNo, Command, Document, InvoiceNo, ItemNo, MethodNo, PaymentNo,
};

/// An amount.
pub fn sum(text: &str) -> Amount {
    text.parse().unwrap()
}

/// A date.
pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A bounded text.
pub fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::try_new(text).unwrap()
}

/// An external id.
pub fn id(text: &str) -> ExternalId {
    self::text(text)
}

/// Opens an account that follows the settings of the organisation.
pub fn open(currency: &str) -> OpenAccount {
    OpenAccount {
        external_id: None,
        name: Name::try_new("Customer").unwrap(),
        currency: currency.parse().unwrap(),
        automatic_transfer: Automation::Inherit,
        automatic_application: Automation::Inherit,
    }
}

/// Opens an account with the number of another system.
pub fn open_as(currency: &str, id: &str) -> Command {
    Command::OpenAccount(OpenAccount { external_id: Some(self::id(id)), ..open(currency) })
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

/// Renames an account.
pub fn rename(account: AccountNo, name: &str) -> Command {
    Command::ChangeAccount(ChangeAccount { name: Some(text(name)), ..change(account) })
}

/// Erases the personal data of an account's customer.
pub fn erase(account: AccountNo) -> Command {
    let step = PersonalDataStep::Erased;
    Command::NotePersonalData(NotePersonalData { account: Ref::to(account), step })
}

/// Switches automatic transfer and application of the organisation.
pub fn automate(transfer: bool, application: bool) -> Command {
    Command::ChangeSettings(ChangeSettings {
        automatic_transfer: Some(transfer),
        automatic_application: Some(application),
        ..ChangeSettings::default()
    })
}

/// One line of an invoice.
pub fn item(kind: ItemKind, amount: &str) -> NewItem {
    NewItem {
        kind,
        amount: sum(amount),
        accounting_code: None,
        sku: None,
        description: None,
        quantity: None,
        unit_price: None,
    }
}

/// An invoice of these charges, posted.
pub fn bill(account: AccountNo, charges: &[&str]) -> CreateInvoice {
    CreateInvoice {
        account: Ref::to(account),
        external_id: None,
        invoice_date: None,
        due_date: None,
        currency: None,
        items: charges.iter().map(|amount| item(ItemKind::Charge, amount)).collect(),
        post: true,
    }
}

/// An invoice of one charge, posted.
pub fn posted(account: AccountNo, amount: &str) -> Command {
    Command::CreateInvoice(bill(account, &[amount]))
}

/// An invoice of one charge, not posted.
pub fn draft(account: AccountNo, amount: &str) -> Command {
    Command::CreateInvoice(CreateInvoice { post: false, ..bill(account, &[amount]) })
}

/// Names one invoice.
pub fn one(invoice: InvoiceNo) -> OneInvoice {
    OneInvoice { invoice: Ref::to(invoice) }
}

/// Some of an invoice.
pub fn part(invoice: InvoiceNo, amount: &str) -> InvoicePart {
    InvoicePart { invoice: Ref::to(invoice), amount: Some(sum(amount)) }
}

/// A line of an adjustment.
pub fn line(kind: AdjustmentType, item: Option<ItemNo>, amount: &str) -> AdjustmentLine {
    AdjustmentLine { item: item.map(Ref::to), kind, amount: sum(amount) }
}

/// Adjusts items of an invoice.
pub fn adjust(invoice: InvoiceNo, lines: Vec<AdjustmentLine>) -> AdjustInvoiceItems {
    AdjustInvoiceItems {
        settle: false,
        invoice: Ref::to(invoice),
        lines,
        date: None,
        words: Words::default(),
    }
}

/// Takes a document back.
pub fn cancel<N: Numbered>(no: N) -> Cancel<N> {
    Cancel { document: Ref::to(no), words: Words::default() }
}

/// Takes a credit balance adjustment back.
pub fn cancel_adjustment(no: AdjustmentNo, settle: bool) -> Command {
    Command::CancelCreditBalanceAdjustment(CancelAdjustment {
        adjustment: Ref::to(no),
        settle,
        words: Words::default(),
    })
}

/// Records an external payment by wire: parts for invoices, and a part for the credit balance.
pub fn pay(account: AccountNo, parts: Vec<InvoicePart>, credit: Option<&str>) -> RecordPayment {
    RecordPayment {
        account: Ref::to(account),
        amount: None,
        currency: None,
        applications: parts,
        credit_balance_amount: credit.map(sum),
        method_type: MethodType::WireTransfer,
        date: None,
        words: Words::default(),
    }
}

/// Records a payment that goes to the credit balance.
pub fn deposit(account: AccountNo, amount: &str) -> Command {
    Command::RecordPayment(pay(account, Vec::new(), Some(amount)))
}

/// Transfers a negative invoice to the credit balance; all of it if no amount is given.
pub fn transfer(invoice: InvoiceNo, amount: Option<&str>) -> Command {
    Command::TransferToCreditBalance(TransferToCreditBalance {
        date: None,
        invoice: Ref::to(invoice),
        amount: amount.map(sum),
        currency: None,
        words: Words::default(),
    })
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
pub fn apply_oldest(account: AccountNo) -> Command {
    let spread = Spread::OldestDueFirst(None);
    Command::ApplyCreditBalance(ApplyCreditBalance { spread, ..apply(account, Vec::new()) })
}

/// Reverses adjustments of an invoice by one of the opposite type.
pub fn counter(invoice: InvoiceNo, amount: &str) -> Command {
    Command::CounterAdjust(CounterAdjust {
        date: None,
        invoice: Ref::to(invoice),
        amount: Some(sum(amount)),
        currency: None,
        words: Words::default(),
    })
}

/// Refunds the credit balance by cheque.
pub fn refund(account: AccountNo, amount: &str) -> RefundCreditBalance {
    RefundCreditBalance {
        account: Ref::to(account),
        amount: Some(sum(amount)),
        currency: None,
        kind: RefundType::External,
        method_type: Some(MethodType::Check),
        method: None,
        gateway: None,
        date: None,
        words: Words::default(),
    }
}

/// Refunds some of a payment by cheque.
pub fn refund_payment(payment: PaymentNo, parts: Vec<InvoicePart>) -> RefundPayment {
    RefundPayment {
        payment: Ref::to(payment),
        amount: None,
        currency: None,
        parts,
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

/// Configures the test processor; the first gateway becomes the default.
pub fn gateway(name: &str) -> Command {
    Command::AddGateway(AddGateway {
        name: text(name),
        kind: GatewayKind::Sandbox,
        unreferenced_credits: true,
        url: None,
        reference_prefix: None,
        concurrency: None,
        per_second: None,
        default: false,
    })
}

/// Adds a card; the first one becomes the account's default.
pub fn card(account: AccountNo, token: &str) -> Command {
    Command::AddPaymentMethod(AddPaymentMethod {
        account: Ref::to(account),
        method_type: MethodType::CreditCard,
        token: Some(text(token)),
        customer: None,
        gateway: None,
        brand: Some(text("Visa")),
        last_four: LastFour::new("4242"),
        expiry: Expiry::new(2030, 12),
        default: false,
    })
}

/// Changes nothing of a payment method yet.
pub fn change_method(method: MethodNo) -> ChangePaymentMethod {
    ChangePaymentMethod { method: Ref::to(method), close: false, expiry: None, default: false }
}

/// Charges the default method: parts for invoices, and a part for the credit balance.
pub fn charge(account: AccountNo, parts: Vec<InvoicePart>, credit: Option<&str>) -> Command {
    Command::ChargePayment(ChargePayment {
        account: Ref::to(account),
        method: None,
        gateway: None,
        amount: None,
        currency: None,
        applications: parts,
        credit_balance_amount: credit.map(sum),
        words: Words::default(),
    })
}

/// Refunds the credit balance to the default method.
pub fn refund_to_method(account: AccountNo, amount: &str) -> Command {
    Command::RefundCreditBalance(RefundCreditBalance {
        kind: RefundType::Electronic,
        method_type: None,
        ..refund(account, amount)
    })
}

/// Refunds an electronic payment the way it came.
pub fn refund_the_way_it_came(payment: PaymentNo, amount: Option<&str>) -> Command {
    Command::RefundPayment(RefundPayment {
        kind: RefundType::Electronic,
        method_type: None,
        amount: amount.map(sum),
        ..refund_payment(payment, Vec::new())
    })
}

/// Has electronic refunds of more than this in euros wait for an administrator, for a day; not those of payments.
pub fn policy(amount_over: &str) -> Command {
    let over = sum(amount_over).to_money("EUR".parse::<Currency>().unwrap());
    Command::MakePolicy(Policy {
        name: text("Large"),
        active: true,
        when: Conditions {
            amount_over: Some(over.unwrap()),
            non_referenced: Some(true),
            ..Conditions::default()
        },
        levels: vec![Level { roles: vec![text(Standard::Administrator.name())] }],
        expires_after_hours: 24,
    })
}

/// External refunds of more than so much wait, too, of credit and of payments.
pub fn policy_on_cheques(amount_over: &str) -> Command {
    let Command::MakePolicy(mut policy) = policy(amount_over) else { panic!("a policy") };
    policy.name = text("Cheques");
    (policy.when.external, policy.when.non_referenced) = (true, None);
    Command::MakePolicy(policy)
}

/// Refunds wait once there are more of them than anybody makes; so all of the last days are looked at.
pub fn policy_on_totals() -> Command {
    let Command::MakePolicy(mut policy) = policy("1") else { panic!("a policy") };
    policy.name = text("Often");
    let total = |days| Some(TotalOver { amount: None, count: Some(1_000_000), days });
    policy.when.amount_over = None;
    (policy.when.account_total_over, policy.when.requester_total_over) = (total(30), total(2));
    Command::MakePolicy(policy)
}

/// A judgement with its reason.
pub fn review(of: Document) -> Review {
    Review { order: OrderRef::to(of), comment: Some(text("looked at")) }
}

/// A worker claims an order.
pub fn claim(of: Document, worker: &str) -> Command {
    let order = OrderRef::to(of);
    Command::ClaimOrder(ClaimOrder { order, worker: text(worker), lease: None })
}

/// A worker reports what a gateway said of an attempt.
pub fn report(of: Document, attempt: u16, meaning: Meaning, said: GatewaySaid) -> ReportOrder {
    ReportOrder {
        order: OrderRef::to(of),
        attempt,
        source: AnswerSource::Call,
        meaning,
        amount: None,
        said,
        retry_after_seconds: None,
    }
}

/// What a gateway gave as id of a transaction.
pub fn called(id: &str) -> GatewaySaid {
    GatewaySaid { id: Some(text(id)), ..GatewaySaid::default() }
}

/// Makes an accounting period.
pub(crate) fn period(name: &str, first: &str, last: &str) -> Command {
    Command::MakePeriod(MakePeriod { name: text(name), first_day: day(first), last_day: day(last) })
}

/// Closes an accounting period.
pub(crate) fn close_period(name: &str) -> Command {
    Command::ChangePeriod(ChangePeriod { period: text(name), status: PeriodStatus::Closed })
}

/// Defines a text field.
pub fn define(object: FieldObject, name: &str) -> Command {
    Command::DefineCustomField(CustomField {
        object,
        name: FieldName::try_new(name).unwrap(),
        label: text(name),
        field_type: FieldType::Text { max_length: 40 },
        generation: Generation::Legacy,
        required: false,
        filterable: false,
        active: true,
    })
}

/// Values of text fields, and metadata; an empty text takes a key away.
pub fn labels(fields: &[(&str, &str)], metadata: &[(&str, &str)]) -> LabelChanges {
    let field = |(name, value): &(&str, &str)| {
        (FieldName::try_new(name).unwrap(), Some(FieldValue::Text(text(value))))
    };
    let pair = |(key, value): &(&str, &str)| {
        let value = (!value.is_empty()).then(|| text(value));
        (MetadataKey::try_new(key).unwrap(), MetadataChange(value))
    };
    LabelChanges {
        custom_fields: fields.iter().map(field).collect(),
        metadata: metadata.iter().map(pair).collect(),
    }
}

/// Changes the labels of a document.
pub fn relabel(document: Document, changes: LabelChanges) -> Command {
    Command::ChangeLabels(ChangeLabels { of: DocumentRef { document, stamp: None }, changes })
}
