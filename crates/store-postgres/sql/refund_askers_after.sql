-- A stretch of who asked for refunds, for verify.
SELECT q.asker, q.at_us, q.refund_no FROM refund_asker q
WHERE (q.asker, q.at_us, q.refund_no) > ($1, $2, $3)
ORDER BY q.asker, q.at_us, q.refund_no LIMIT $4
