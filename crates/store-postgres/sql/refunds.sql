-- With the order of an electronic one and its method.
SELECT
  d.refund_no, d.entry_no, d.account_no, e.at_us, a.currency,
  EXISTS (SELECT 1 FROM canceled c WHERE c.kind = 5 AND c.number = d.refund_no),
  d.payment_no, d.adjustment_no, d.method_type, d.date, d.amount, d.reason_code, d.reference, d.comment,
  d.method_no,
  (SELECT o.body FROM gateway_order o
   WHERE d.method_no IS NOT NULL AND o.document_no = d.refund_no AND o.document_kind = 5),
  (SELECT m.body FROM payment_method_state m WHERE m.method_no = d.method_no)
FROM refund d
JOIN entry e ON e.entry_no = d.entry_no AND e.shard = d.shard
JOIN account a ON a.account_no = d.account_no AND a.shard = d.shard
WHERE d.refund_no = ANY ($1::bigint[])
