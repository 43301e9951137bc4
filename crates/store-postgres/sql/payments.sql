SELECT
  p.payment_no, p.entry_no, p.account_no, e.at_us, a.currency,
  EXISTS (SELECT 1 FROM canceled c WHERE c.kind = 3 AND c.number = p.payment_no),
  p.method_type, p.date, p.amount, p.credit_balance_amount, p.adjustment_no, p.reference, p.comment
FROM payment p
JOIN entry e ON e.entry_no = p.entry_no AND e.shard = p.shard
JOIN account a ON a.account_no = p.account_no AND a.shard = p.shard
WHERE p.payment_no = ANY ($1::bigint[])
