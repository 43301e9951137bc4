//! Custom fields and metadata as rules see them (domain 8.1, scenario 39): which refusal comes first, arrays, and what
//! is left after a crash and an import.
#![allow(missing_docs, reason = "a test says what it says")]
#![expect(clippy::unwrap_used, reason = "a test")]

use receivables::command::ChangeSettings;
use receivables::id::Numbered;
use receivables::labels::{
    ChangeLabels, CustomField, DocumentRef, FieldName, FieldObject, FieldType, FieldValue,
    Generation, LabelChanges, MetadataChange, MetadataKey,
};
use receivables::text::Text;
use receivables::{AccountNo, Command, Document, PaymentNo, RefundNo};
use testkit::World;
use testkit::command::{part, refund, refund_payment};

fn field(object: FieldObject, name: &str, generation: Generation) -> CustomField {
    CustomField {
        object,
        name: FieldName::try_new(name).unwrap(),
        label: Text::try_new(name).unwrap(),
        field_type: FieldType::Text { max_length: 4 },
        generation,
        required: false,
        filterable: false,
        active: true,
    }
}

fn values(pairs: &[(&str, &str)]) -> LabelChanges {
    let field = |(name, value): &(&str, &str)| {
        let value = FieldValue::Text(Text::try_new(value).unwrap());
        (FieldName::try_new(name).unwrap(), Some(value))
    };
    LabelChanges { custom_fields: pairs.iter().map(field).collect(), ..LabelChanges::default() }
}

fn metadata(key: &str, value: &str) -> LabelChanges {
    let pair = (MetadataKey::try_new(key).unwrap(), MetadataChange(Text::try_new(value).ok()));
    LabelChanges { metadata: [pair].into(), ..LabelChanges::default() }
}

fn change(document: Document, changes: LabelChanges) -> Command {
    Command::ChangeLabels(ChangeLabels { of: DocumentRef { document, stamp: None }, changes })
}

fn compatible(on: bool) -> Command {
    let custom_field_compatibility = Some(on);
    Command::ChangeSettings(ChangeSettings {
        custom_field_compatibility,
        ..ChangeSettings::default()
    })
}

/// An account with credit and a payment that can be refunded.
fn rich(world: &mut World) -> (AccountNo, PaymentNo) {
    let account = world.account("USD");
    let invoice = world.posted(account, "50");
    let paid = world.pay(account, vec![part(invoice, "50")], Some("90")).accepted();
    (account, paid.payment_no())
}

#[test]
fn scenario_39_mandatory_advanced_custom_field() {
    let mut world = World::new();
    let (account, payment) = rich(&mut world);
    let required = |name, generation| CustomField {
        required: true,
        ..field(FieldObject::Refund, name, generation)
    };
    let define = |name, generation| Command::DefineCustomField(required(name, generation));
    world.ask(define("New__c", Generation::Advanced)).accepted();
    let credit = |labels| Command::RefundCreditBalance(refund(account, "1")).with_labels(labels);
    let back = |labels| Command::RefundPayment(refund_payment(payment, "1")).with_labels(labels);
    // Off: both kinds of refund simply work.
    world.ask(credit(values(&[("New__c", "a")]))).accepted();
    world.ask(back(values(&[("New__c", "a")]))).accepted();
    // On: the refund of the credit balance cannot be created, that of the payment can.
    world.ask(compatible(true)).accepted();
    let code = "advanced_field_blocks_credit_balance_refund";
    world.ask(credit(values(&[("New__c", "a")]))).rejected_with(code);
    world.ask(credit(LabelChanges::default())).rejected_with(code);
    world.ask(back(values(&[("New__c", "a")]))).accepted();
    world.ask(back(LabelChanges::default())).rejected_with("custom_field_missing");
    // Defined as a legacy field, the refund of the credit balance takes it.
    world.ask(compatible(false)).accepted();
    let mut world = World::new();
    let (account, _) = rich(&mut world);
    world.ask(compatible(true)).accepted();
    world.ask(define("Old__c", Generation::Legacy)).accepted();
    let credit = |labels| Command::RefundCreditBalance(refund(account, "1")).with_labels(labels);
    world.ask(credit(values(&[("Old__c", "a")]))).accepted();
    world.ask(credit(LabelChanges::default())).rejected_with("custom_field_missing");
    world.audit();
}

#[test]
fn refusals_come_in_a_fixed_order() {
    let mut world = World::new();
    let (account, _) = rich(&mut world);
    let off =
        CustomField { active: false, ..field(FieldObject::Refund, "B__c", Generation::Legacy) };
    for field in [
        off,
        field(FieldObject::Refund, "C__c", Generation::Advanced),
        field(FieldObject::Refund, "D__c", Generation::Legacy),
    ] {
        world.ask(Command::DefineCustomField(field)).accepted();
    }
    world.ask(compatible(true)).accepted();
    let of = |amount: &str, pairs: &[(&str, &str)]| {
        Command::RefundCreditBalance(refund(account, amount)).with_labels(values(pairs))
    };
    // What the command itself has against it comes first, then the fields by their names, each in the order of its
    // checks.
    for (command, code) in [
        (of("1000", &[("A__c", "x")]), "amount_exceeds_credit_balance"),
        (of("1", &[("A__c", "long one"), ("B__c", "x")]), "unknown_custom_field"),
        (of("1", &[("B__c", "long one"), ("C__c", "x")]), "custom_field_inactive"),
        (of("1", &[("C__c", "long one"), ("D__c", "long one")]), "advanced_field_not_accepted"),
        (of("1", &[("D__c", "long one")]), "custom_field_too_long"),
    ] {
        world.ask(command).rejected_with(code);
    }
    let none = LabelChanges::default();
    let there = account.document();
    world.ask(change(RefundNo(99).document(), none.clone())).rejected_with("not_found");
    world.ask(change(there, none)).rejected_with("nothing_given");
    world.ask(change(there, values(&[("A__c", "x")]))).rejected_with("unknown_custom_field");
    let again = field(FieldObject::Refund, "D__c", Generation::Advanced);
    world.ask(Command::DefineCustomField(again)).rejected_with("custom_field_exists");
    let adjustment = field(FieldObject::CreditBalanceAdjustment, "D__c", Generation::Advanced);
    let unsound =
        CustomField { field_type: FieldType::Text { max_length: 0 }, ..adjustment.clone() };
    world.ask(Command::DefineCustomField(unsound)).rejected_with("legacy_fields_only");
    let legacy = CustomField {
        field_type: FieldType::Picklist { values: Vec::new() },
        generation: Generation::Legacy,
        ..adjustment
    };
    world.ask(Command::DefineCustomField(legacy)).rejected_with("custom_field_definition");
    let closed = Command::CancelInvoice(testkit::command::one(receivables::InvoiceNo(1)));
    let labeled = closed.with_labels(metadata("a", "b"));
    world.ask(labeled).rejected_with("invoice_status");
    world.audit();
}

#[test]
fn an_array_sees_what_it_set_before_and_nothing_is_lost() {
    let mut world = World::new();
    let (account, _) = rich(&mut world);
    let of = account.document();
    let commands = [
        change(of, metadata("a", "1")),
        change(of, metadata("b", "2")),
        change(of, metadata("a", "")),
    ];
    let requests = commands.map(|command| World::request(command, world.next_key()));
    for answer in world.array(requests.into()) {
        answer.unwrap();
    }
    let expected = [(MetadataKey::try_new("b").unwrap(), Text::try_new("2").unwrap())];
    let check = |world: &World| {
        let labels = world.reader.labels_of(of).unwrap();
        assert_eq!(labels.metadata, expected.clone().into());
        assert!(labels.custom_fields.is_empty());
        world.audit();
    };
    check(&world);
    check(&world.crashed());
    check(&world.imported(2));
    world.reopen();
    check(&world);
}
