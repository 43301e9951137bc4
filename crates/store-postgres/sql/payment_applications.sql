-- As recorded, with what was refunded of each outside.
SELECT
  p.payment_no, p.invoice_no, p.amount,
  (SELECT coalesce(sum(r.amount), 0)::bigint FROM refund_part r
   JOIN refund d ON d.refund_no = r.refund_no AND d.shard = r.shard
   WHERE r.payment_no = p.payment_no AND r.invoice_no = p.invoice_no AND d.method_no IS NULL
     AND NOT EXISTS (SELECT 1 FROM canceled c WHERE c.kind = 5 AND c.number = r.refund_no))
FROM payment_application p WHERE p.payment_no = ANY ($1::bigint[]) ORDER BY p.payment_no, p.line
