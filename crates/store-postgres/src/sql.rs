//! Every statement that is not an insert, by name. The text is in `sql/`, one file each.

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub(crate) const $name: &str = include_str!(concat!("../sql/", $file));)*

        /// All of them, for the tests that look at their plans.
        pub const ALL: &[(&str, &str)] = &[$(($file, $name),)*];
    };
}

statements! {
    ACCOUNTS = "accounts.sql";
    ACCOUNTS_DUE = "accounts_due.sql";
    ACCOUNT_BEFORE = "account_before.sql";
    ACCOUNT_CHANGES = "account_changes.sql";
    ACCOUNT_DOCUMENTS = "account_documents.sql";
    ACCOUNT_ENTRIES = "account_entries.sql";
    ACCOUNT_IDS = "account_ids.sql";
    ACCOUNT_METHODS = "account_methods.sql";
    ACCOUNT_OPENED = "account_opened.sql";
    ACCOUNT_PROFILES = "account_profiles.sql";
    ACCOUNT_STATES_AFTER = "account_states_after.sql";
    ADJUSTMENTS = "adjustments.sql";
    ADOPT_NUMBERS = "adopt_numbers.sql";
    API_KEYS = "api_keys.sql";
    AUDIT_BLOCKS = "audit_blocks.sql";
    LAST_AUDIT_BLOCK = "last_audit_block.sql";
    CANCELLATIONS = "cancellations.sql";
    CHECK_KEYS = "check_keys.sql";
    COMMITTERS = "committers.sql";
    CREDIT_CHAIN = "credit_chain.sql";
    DAY_TOTALS = "day_totals.sql";
    DUE_ORDERS = "due_orders.sql";
    END_SCHEMA_1 = "end_schema_1.sql";
    ENTRIES = "entries.sql";
    ENTRIES_AFTER = "entries_after.sql";
    ENTRIES_BEFORE = "entries_before.sql";
    FIND_ORDER = "find_order.sql";
    FORGET_COMMITTER = "forget_committer.sql";
    FORGET_COMMITTERS = "forget_committers.sql";
    GATEWAY_FACTS = "gateway_facts.sql";
    GATEWAY_SECRETS = "gateway_secrets.sql";
    INVOICES = "invoices.sql";
    INVOICE_CHAIN = "invoice_chain.sql";
    INVOICE_DRAFTED = "invoice_drafted.sql";
    INVOICE_IDS = "invoice_ids.sql";
    INVOICE_ITEMS = "invoice_items.sql";
    INVOICE_OF_ITEM = "invoice_of_item.sql";
    INVOICE_STATES_AFTER = "invoice_states_after.sql";
    ITEMS_ADJUSTED = "items_adjusted.sql";
    ITEM_ADJUSTMENTS = "item_adjustments.sql";
    KEYS = "keys.sql";
    LABELS = "labels.sql";
    LAST_ENTRY = "last_entry.sql";
    LAST_ENTRY_UP_TO = "last_entry_up_to.sql";
    LOCK_ACCOUNTS = "lock_accounts.sql";
    LOCK_ASKERS = "lock_askers.sql";
    LOCK_COMMITTER = "lock_committer.sql";
    LOCK_KNOWN_ACCOUNTS = "lock_known_accounts.sql";
    LOCK_ORGANISATION = "lock_organisation.sql";
    LOCK_ORGANISATION_ALONE = "lock_organisation_alone.sql";
    METHODS = "methods.sql";
    METHODS_AFTER = "methods_after.sql";
    MOVEMENTS = "movements.sql";
    NEEDED_METHODS = "needed_methods.sql";
    NUMBERS = "numbers.sql";
    NUMBER_COMMITTER = "number_committer.sql";
    OLDEST_DUE = "oldest_due.sql";
    OPEN_INVOICES = "open_invoices.sql";
    ORDERS = "orders.sql";
    ORIGIN_SALT = "origin_salt.sql";
    ORDERS_AFTER = "orders_after.sql";
    ORDERS_FOR_PEOPLE = "orders_for_people.sql";
    ORDERS_ON_RECORD = "orders_on_record.sql";
    ORDER_HISTORY = "order_history.sql";
    PAGE_ACCOUNTS = "page_accounts.sql";
    PAGE_ADJUSTMENTS = "page_adjustments.sql";
    PAGE_ENTRIES = "page_entries.sql";
    PAGE_INVOICES = "page_invoices.sql";
    PAGE_ITEMS = "page_items.sql";
    PAGE_ITEM_ADJUSTMENTS = "page_item_adjustments.sql";
    PAGE_METHODS = "page_methods.sql";
    PAGE_PAYMENTS = "page_payments.sql";
    PAGE_REFUNDS = "page_refunds.sql";
    PAGE_WITH_VALUE = "page_with_value.sql";
    PAYMENTS = "payments.sql";
    PAYMENT_APPLICATIONS = "payment_applications.sql";
    PAYMENT_ORDERS = "payment_orders.sql";
    POSTINGS = "postings.sql";
    PUT_AUDIT_BLOCK = "put_audit_block.sql";
    PUT_API_KEY = "put_api_key.sql";
    PUT_API_KEY_ACCESS = "put_api_key_access.sql";
    PUT_GATEWAY_SECRET = "put_gateway_secret.sql";
    READ_ONLY = "read_only.sql";
    REFUNDS = "refunds.sql";
    REFUNDS_BY = "refunds_by.sql";
    REFUNDS_STANDING = "refunds_standing.sql";
    REFUNDS_TO = "refunds_to.sql";
    REFUND_ASKERS_AFTER = "refund_askers_after.sql";
    REFUND_PARTS = "refund_parts.sql";
    REGISTER_COMMITTER = "register_committer.sql";
    DELETE_CUSTOM_FIELD_VALUE = "delete_custom_field_value.sql";
    DELETE_SIDE = "delete_side.sql";
    INSERT_SIDE = "insert_side.sql";
    SIDE = "side.sql";
    SIDES = "sides.sql";
    UNFINISHED_DRAFTS = "unfinished_drafts.sql";
    UNFINISHED_ORDERS = "unfinished_orders.sql";
    UPDATE_SIDE = "update_side.sql";
    SETTINGS = "settings.sql";
    SETTINGS_BEFORE = "settings_before.sql";
    SETTING_CHANGES = "setting_changes.sql";
    SETTLE = "settle.sql";
    TAKE_NUMBERS = "take_numbers.sql";
}
