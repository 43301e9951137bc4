-- With what is known of electronic ones: the order and its method. And the orders of the refunds, null for those
-- recorded outside.
SELECT
  p.payment_no, p.entry_no, p.account_no, e.at_us, a.currency,
  EXISTS (SELECT 1 FROM canceled c WHERE c.kind = 3 AND c.number = p.payment_no),
  p.method_type, p.date, p.amount, p.credit_balance_amount, p.adjustment_no, p.reference, p.comment,
  p.method_no,
  (SELECT o.body FROM gateway_order o
   WHERE p.method_no IS NOT NULL AND o.document_no = p.payment_no AND o.document_kind = 3),
  (SELECT m.body FROM payment_method_state m WHERE m.method_no = p.method_no),
  ARRAY(
    SELECT (SELECT o.body FROM gateway_order o WHERE o.document_no = r.refund_no AND o.document_kind = 5)
    FROM refund_part r
    WHERE r.payment_no = p.payment_no AND r.line = 0)
FROM payment p
JOIN entry e ON e.entry_no = p.entry_no AND e.shard = p.shard
JOIN account a ON a.account_no = p.account_no AND a.shard = p.shard
WHERE p.payment_no = ANY ($1::bigint[])
