//! A small business and what it wants.

use receivables::command as c;
use receivables::gateway::GatewayKind;
use receivables::id::Ref;
use receivables::invoice::ItemKind;
use receivables::payment::MethodType;
use receivables::refund::RefundType;
use receivables::{AccountNo, Command, InvoiceNo, PaymentNo};

use crate::chance::Chance;

pub(crate) const ACCOUNT: AccountNo = AccountNo(1);

fn amount(minor: u64) -> Option<money::Amount> {
    format!("{}.{:02}", minor / 100, minor % 100).parse().ok()
}

/// The commands that set it up: a gateway, an account with a card and 300.00 of credit, an invoice.
pub(crate) fn beginnings(kind: GatewayKind) -> Vec<Command> {
    let mut commands = Vec::new();
    if let Ok(name) = "sim".parse() {
        commands.push(Command::AddGateway(c::AddGateway {
            name,
            kind,
            unreferenced_credits: true,
            url: None,
            reference_prefix: None,
            concurrency: None,
            per_second: None,
            default: true,
        }));
    }
    if let (Ok(name), Ok(currency)) = ("Ada".parse(), "USD".parse()) {
        commands.push(Command::OpenAccount(c::OpenAccount {
            external_id: None,
            name,
            currency,
            automatic_transfer: Default::default(),
            automatic_application: Default::default(),
        }));
    }
    commands.push(Command::AddPaymentMethod(c::AddPaymentMethod {
        account: Ref::to(ACCOUNT),
        method_type: MethodType::CreditCard,
        token: "pm_ok".parse().ok(),
        customer: None,
        gateway: None,
        brand: None,
        last_four: None,
        expiry: None,
        default: true,
    }));
    commands.push(Command::RecordPayment(c::RecordPayment {
        account: Ref::to(ACCOUNT),
        amount: None,
        currency: None,
        applications: Vec::new(),
        credit_balance_amount: amount(30_000),
        method_type: MethodType::Check,
        date: None,
        words: c::Words::default(),
    }));
    for minor in [8_000, 5_000] {
        commands.extend(amount(minor).map(|amount| {
            Command::CreateInvoice(c::CreateInvoice {
                account: Ref::to(ACCOUNT),
                external_id: None,
                invoice_date: None,
                due_date: None,
                currency: None,
                items: vec![c::NewItem {
                    kind: ItemKind::Charge,
                    amount,
                    accounting_code: None,
                    sku: None,
                    description: None,
                    quantity: None,
                    unit_price: None,
                }],
                post: true,
            })
        }));
    }
    commands
}

/// One wish. Many are refused, as it should be: too much, too early, nothing there.
pub(crate) fn wish(chance: &mut Chance) -> Command {
    let minor = 100 + chance.below(15_000);
    match chance.below(10) {
        0..=3 => Command::RefundCreditBalance(c::RefundCreditBalance {
            account: Ref::to(ACCOUNT),
            amount: amount(minor),
            currency: None,
            kind: RefundType::Electronic,
            method_type: None,
            method: None,
            gateway: None,
            date: None,
            words: c::Words::default(),
        }),
        4 | 5 => Command::ChargePayment(c::ChargePayment {
            account: Ref::to(ACCOUNT),
            method: None,
            gateway: None,
            amount: None,
            currency: None,
            applications: vec![c::InvoicePart {
                invoice: Ref::to(InvoiceNo(1 + chance.below(2))),
                amount: None,
            }],
            credit_balance_amount: chance.percent(30).then(|| amount(500)).flatten(),
            words: c::Words::default(),
        }),
        6..=7 => Command::RefundPayment(c::RefundPayment {
            payment: Ref::to(PaymentNo(2 + chance.below(4))),
            amount: chance.percent(50).then(|| amount(minor)).flatten(),
            currency: None,
            parts: Vec::new(),
            kind: RefundType::Electronic,
            method_type: None,
            method: None,
            gateway: None,
            override_dispute: false,
            date: None,
            adjust: false,
            words: c::Words::default(),
        }),
        8 => Command::VoidPayment(c::Cancel {
            document: Ref::to(PaymentNo(2 + chance.below(4))),
            words: c::Words::default(),
        }),
        _ => Command::ApplyCreditBalance(c::ApplyCreditBalance {
            date: None,
            account: Ref::to(ACCOUNT),
            spread: c::Spread::OldestDueFirst(amount(minor)),
            currency: None,
            words: c::Words::default(),
        }),
    }
}
