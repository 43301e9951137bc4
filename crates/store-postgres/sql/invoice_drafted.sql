SELECT i.invoice_no, i.account_no, i.external_id, i.invoice_date, i.due_date, i.amount, a.currency
FROM invoice i JOIN account a ON a.account_no = i.account_no AND a.shard = i.shard
WHERE i.invoice_no = ANY ($1::bigint[])
