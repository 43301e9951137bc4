-- Of refunds, those that were not canceled, each with its order.
SELECT d.refund_no, s.currency, d.amount, o.body::json ->> 'state'
FROM refund d
JOIN account s ON s.account_no = d.account_no AND s.shard = d.shard
LEFT JOIN gateway_order o ON o.document_kind = 5 AND o.document_no = d.refund_no AND o.shard = d.shard
WHERE d.refund_no = ANY ($1::bigint[]) AND NOT EXISTS (
  SELECT FROM canceled c WHERE c.kind = 5 AND c.number = d.refund_no AND c.shard = d.shard)
