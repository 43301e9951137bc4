SELECT account_no, external_id, name, currency, automatic_transfer, automatic_application
FROM account WHERE account_no = ANY ($1::bigint[])
