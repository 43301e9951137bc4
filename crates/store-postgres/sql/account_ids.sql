SELECT external_id, account_no FROM account WHERE external_id = ANY ($1::text[])
