-- Refunds that people or programs asked for since an instant, the latest first.
SELECT r.asker, r.at_us, r.refund_no
FROM unnest($1::text[], $2::bigint[]) AS wanted (asker, since_us)
CROSS JOIN LATERAL (
  SELECT a.asker, a.at_us, a.refund_no FROM refund_asker a
  WHERE a.asker = wanted.asker AND a.at_us >= wanted.since_us
  ORDER BY a.at_us DESC LIMIT $3) AS r
ORDER BY r.asker, r.at_us DESC
