SELECT change_id, account_no, name, status, automatic_transfer, automatic_application
FROM account_change WHERE change_id = ANY ($1::bigint[])
