SELECT
  d.item_adjustment_no, d.entry_no, d.account_no, e.at_us, a.currency,
  EXISTS (SELECT 1 FROM canceled c WHERE c.kind = 6 AND c.number = d.item_adjustment_no),
  d.invoice_no, d.item_no, d.charge, d.amount, d.date, d.reason_code, d.comment, d.reference,
  d.cause_kind, d.cause_no
FROM invoice_item_adjustment d
JOIN entry e ON e.entry_no = d.entry_no AND e.shard = d.shard
JOIN account a ON a.account_no = d.account_no AND a.shard = d.shard
WHERE d.item_adjustment_no = ANY ($1::bigint[])
