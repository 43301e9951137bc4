-- Items with the net of their adjustments that are not canceled.
SELECT
  i.invoice_no, i.item_no, i.kind, i.amount, i.ledger_account, a.currency,
  (SELECT coalesce(sum(CASE WHEN t.charge THEN t.amount ELSE -t.amount END), 0)::bigint
   FROM invoice_item_adjustment t
   WHERE t.item_no = i.item_no AND NOT EXISTS (
     SELECT 1 FROM canceled c WHERE c.kind = 6 AND c.number = t.item_adjustment_no))
FROM invoice_item i JOIN account a ON a.account_no = i.account_no AND a.shard = i.shard
WHERE i.invoice_no = ANY ($1::bigint[]) ORDER BY i.invoice_no, i.item_no
