//! Rows of a batch by table, one vector per column, as the statements in `sql/insert_*.sql` take them.

/// Declares a table: the row, its columns as vectors, and the statement that inserts them all.
macro_rules! table {
    ($columns:ident of $row:ident by $sql:literal { $($field:ident: $type:ty,)* }) => {
        pub(crate) struct $row {
            $(pub(crate) $field: $type,)*
        }

        #[derive(Default)]
        pub(crate) struct $columns {
            $($field: Vec<$type>,)*
            count: usize,
        }

        impl $columns {
            pub(crate) fn push(&mut self, row: $row) {
                self.count += 1;
                $(self.$field.push(row.$field);)*
            }

            /// The statement that inserts every row, if there is one.
            pub(crate) fn insert(self) -> Option<crate::link::Query> {
                let query = crate::link::Query::new(include_str!(concat!("../sql/", $sql)));
                (self.count > 0).then(|| query$(.with(self.$field))*)
            }
        }
    };
}

table! { Entries of EntryRow by "insert_entry.sql" {
    entry_no: i64, account_no: i64, at_us: i64, previous_no: Option<i64>, origin_id: i64,
    key_hash: Vec<u8>, fingerprint: Vec<u8>, facts: Vec<u8>, request_id: Option<String>,
}}

table! { OriginRows of OriginRow by "insert_origin.sql" {
    origin_id: i64, command: String, actor: String, door: String, address: Option<String>,
    on_behalf_of: Option<String>, person: Option<String>,
}}

table! { Postings of PostingRow by "insert_posting.sql" {
    posting_no: i64, entry_no: i64, account_no: i64, amount: i64, document_no: i64,
    invoice_no: Option<i64>, invoice_balance: Option<i64>, invoice_previous: Option<i64>,
    credit_balance: Option<i64>, credit_previous: Option<i64>, date: i32, debit: i32, credit: i32,
    document_kind: i16, invoice_raises: Option<bool>, credit_raises: Option<bool>,
}}

table! { Accounts of AccountRow by "insert_account.sql" {
    account_no: i64, entry_no: i64, automatic_transfer: i16, automatic_application: i16,
    currency: String, name: String, external_id: Option<String>,
}}

table! { AccountChanges of AccountChangeRow by "insert_account_change.sql" {
    change_id: i64, account_no: i64, status: Option<i16>, automatic_transfer: Option<i16>,
    automatic_application: Option<i16>, name: Option<String>, gateway_no: Option<i32>,
    default_method_no: Option<i64>,
}}

table! { SettingChanges of SettingChangeRow by "insert_setting_change.sql" {
    change_id: i64, settings: String,
}}

table! { Invoices of InvoiceRow by "insert_invoice.sql" {
    invoice_no: i64, entry_no: i64, account_no: i64, amount: i64, first_item: i64, item_count: i32,
    invoice_date: i32, due_date: i32, external_id: Option<String>,
}}

table! { Items of ItemRow by "insert_invoice_item.sql" {
    invoice_no: i64, item_no: i64, account_no: i64, amount: i64, tax_on: Option<i64>,
    ledger_account: i32, kind: i16, sku: Option<String>, description: Option<String>,
    quantity: Option<String>, unit_price: Option<String>,
}}

table! { Payments of PaymentRow by "insert_payment.sql" {
    payment_no: i64, entry_no: i64, account_no: i64, amount: i64, credit_balance_amount: i64,
    adjustment_no: Option<i64>, date: i32, method_type: i16, reference: Option<String>,
    comment: Option<String>, method_no: Option<i64>,
}}

table! { Applications of ApplicationRow by "insert_payment_application.sql" {
    payment_no: i64, invoice_no: i64, account_no: i64, amount: i64, line: i32,
}}

table! { Adjustments of AdjustmentRow by "insert_credit_balance_adjustment.sql" {
    adjustment_no: i64, entry_no: i64, account_no: i64, source_no: i64, amount: i64,
    cause_no: Option<i64>, date: i32, source_kind: i16, cause_kind: Option<i16>, increase: bool,
    reason_code: String, comment: Option<String>, reference: Option<String>,
}}

table! { Refunds of RefundRow by "insert_refund.sql" {
    refund_no: i64, entry_no: i64, account_no: i64, payment_no: Option<i64>,
    adjustment_no: Option<i64>, amount: i64, date: i32, method_type: i16, reason_code: String,
    reference: Option<String>, comment: Option<String>, method_no: Option<i64>,
}}

table! { RefundAskers of RefundAskerRow by "insert_refund_asker.sql" {
    asker: String, at_us: i64, refund_no: i64, account_no: i64,
}}

table! { RefundParts of RefundPartRow by "insert_refund_part.sql" {
    refund_no: i64, payment_no: i64, invoice_no: i64, account_no: i64, amount: i64, line: i32,
}}

table! { ItemAdjustments of ItemAdjustmentRow by "insert_invoice_item_adjustment.sql" {
    item_adjustment_no: i64, entry_no: i64, account_no: i64, invoice_no: i64, item_no: i64,
    amount: i64, cause_no: Option<i64>, date: i32, cause_kind: Option<i16>, charge: bool,
    reason_code: String, comment: Option<String>, reference: Option<String>,
}}

table! { Cancellations of CancellationRow by "insert_canceled.sql" {
    number: i64, entry_no: i64, account_no: i64, date: i32, kind: i16,
    reason_code: Option<String>, comment: Option<String>,
}}

table! { AccountStates of AccountStateRow by "upsert_account_state.sql" {
    account_no: i64, opened_us: i64, credit_balance: i64, positive_invoice_balance: i64,
    negative_invoice_balance: i64, latest_posted: Option<i64>, last_entry: Option<i64>,
    last_at_us: i64, last_credit_posting: Option<i64>, last_credit_date: Option<i32>,
    dated_ahead: Option<i32>, status: i16, automatic_transfer: i16, automatic_application: i16,
    currency: String, held: i64, gateway_no: Option<i32>, default_method_no: Option<i64>,
    methods: i64, ahead_from: Option<i32>,
}}

table! { InvoiceStates of InvoiceStateRow by "upsert_invoice_state.sql" {
    invoice_no: i64, account_no: i64, drafted_us: i64, amount: i64, charges: i64, credits: i64,
    payments: i64, refunds: i64, increases: i64, decreases: i64, ledger: i64, first_item: i64,
    previous_posted: Option<i64>, posted_entry: Option<i64>, last_posting: Option<i64>,
    invoice_date: i32, due_date: i32, item_count: i32, attached: i64, status: i16, is_open: bool,
    currency: String, pending: i64,
}}

table! { DayTotals of DayTotalRow by "add_day_total.sql" {
    slot: i16, date: i32, ledger_account: i32, debit: i64, credit: i64, currency: String,
}}

table! { GatewayFacts of GatewayFactRow by "insert_gateway_fact.sql" {
    fact_no: i64, entry_no: i64, account_no: i64, document_no: i64, document_kind: i16, fact: String,
}}

table! { FieldValues of FieldValueRow by "insert_custom_field_value.sql" {
    kind: i16, number: i64, account_no: i64, field: String, value: String,
}}

table! { Words of WordRow by "insert_account_word.sql" {
    word: Vec<u8>, account_no: i64,
}}

table! { References of ReferenceRow by "add_gateway_reference.sql" {
    gateway_no: i32, account_no: i64, document_no: i64, document_kind: i16, rank: i16, id: String,
}}

table! { MethodStates of MethodStateRow by "upsert_payment_method_state.sql" {
    method_no: i64, account_no: i64, body: String,
}}

table! { Orders of OrderRow by "upsert_gateway_order.sql" {
    document_no: i64, account_no: i64, due_us: Option<i64>, attention_us: Option<i64>,
    sent_us: Option<i64>, gateway_no: i32, document_kind: i16, body: String,
}}
