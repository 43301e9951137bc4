//! Reading a database of schema 1 that nobody brought up to date yet: our questions name columns and
//! tables that it does not have. For a program that only reads, nothing may be added; so the questions
//! get the old tables with empty columns, and empty tables.

/// Tables with the name our questions give them, and the columns they do not have yet.
const COLUMNS: [(&str, &str, &str); 7] = [
    (
        "account_state",
        "s",
        "NULL::bigint AS held, NULL::integer AS gateway_no, NULL::bigint AS default_method_no, \
         NULL::bigint AS methods, NULL::integer AS ahead_from",
    ),
    ("invoice_state", "s", "NULL::bigint AS pending"),
    ("account_change", "c", "NULL::integer AS gateway_no, NULL::bigint AS default_method_no"),
    ("payment", "p", "NULL::bigint AS method_no"),
    ("refund", "d", "NULL::bigint AS method_no"),
    ("numbering", "n", "NULL::bigint AS method_no"),
    ("origin", "o", "NULL::text AS address, NULL::text AS on_behalf_of, NULL::text AS person"),
];

/// Tables that are not there yet, with their columns.
const TABLES: [(&str, &str, &str); 11] = [
    ("account_word", "w", "NULL::bigint AS account_no, NULL::bytea AS word"),
    (
        "custom_field_value",
        "v",
        "NULL::smallint AS kind, NULL::text AS field, NULL::text AS value, NULL::bigint AS number",
    ),
    ("refund_asker", "q", "NULL::text AS asker, NULL::bigint AS at_us, NULL::bigint AS refund_no"),
    (
        "gateway_fact",
        "f",
        "NULL::bigint AS fact_no, NULL::bigint AS entry_no, NULL::bigint AS document_no, \
         NULL::smallint AS document_kind, NULL::smallint AS shard, NULL::text AS fact",
    ),
    (
        "gateway_reference",
        "r",
        "NULL::integer AS gateway_no, NULL::bigint AS document_no, NULL::smallint AS document_kind, \
         NULL::smallint AS rank, NULL::text AS id",
    ),
    (
        "payment_method_state",
        "m",
        "NULL::bigint AS method_no, NULL::bigint AS account_no, NULL::text AS body",
    ),
    (
        "gateway_order",
        "o",
        "NULL::bigint AS document_no, NULL::bigint AS due_us, NULL::bigint AS attention_us, \
         NULL::bigint AS sent_us, \
         NULL::integer AS gateway_no, NULL::smallint AS document_kind, NULL::text AS body",
    ),
    (
        "api_key_access",
        "a",
        "NULL::text AS name, NULL::text AS roles, NULL::bigint AS expires_us, NULL::text AS person",
    ),
    (
        "audit_block",
        "b",
        "NULL::bigint AS block_no, NULL::bigint AS first_no, NULL::bigint AS last_no, \
         NULL::bigint AS made_us, NULL::bytea AS previous, NULL::bytea AS root, NULL::bytea AS hash, \
         NULL::bytea AS signature, NULL::bytea AS leaves",
    ),
    (
        "side_record",
        "s",
        "NULL::smallint AS kind, NULL::bytea AS id, NULL::bigint AS version, NULL::text AS body",
    ),
    ("gateway_secret", "s", "NULL::text AS name, NULL::bytea AS sealed, NULL::bigint AS stored_us"),
];

/// The question as a database of schema 1 can answer it.
pub(crate) fn question(sql: &str) -> String {
    let widened = COLUMNS.iter().map(|(table, name, columns)| {
        (table, name, format!("SELECT t.*, {columns} FROM {table} t"))
    });
    let empty = TABLES
        .iter()
        .map(|(table, name, columns)| (table, name, format!("SELECT {columns} WHERE FALSE")));
    widened.chain(empty).fold(sql.to_owned(), |sql, (table, name, rows)| {
        ["FROM", "JOIN"].into_iter().fold(sql, |sql, word| {
            sql.replace(&format!("{word} {table} {name}"), &format!("{word} ({rows}) {name}"))
        })
    })
}
