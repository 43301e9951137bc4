-- Refunds that people or programs asked for since an instant, each with its order, none of those that were canceled.
SELECT r.asker, r.at_us, d.amount, s.currency, o.body::json ->> 'state'
FROM unnest($1::text[], $2::bigint[]) AS wanted (asker, since_us)
CROSS JOIN LATERAL (
  SELECT a.asker, a.account_no, a.at_us, a.refund_no, a.shard FROM refund_asker a
  WHERE a.asker = wanted.asker AND a.at_us >= wanted.since_us
  ORDER BY a.at_us DESC LIMIT $3) AS r
JOIN refund d ON d.refund_no = r.refund_no AND d.shard = r.shard
JOIN account s ON s.account_no = r.account_no AND s.shard = r.shard
LEFT JOIN gateway_order o ON o.document_kind = 5 AND o.document_no = r.refund_no AND o.shard = r.shard
WHERE NOT EXISTS (
  SELECT FROM canceled c WHERE c.kind = 5 AND c.number = r.refund_no AND c.shard = r.shard)
