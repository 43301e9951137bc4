-- A stretch of who asked for refunds, for verify.
SELECT q.asker, q.at_us, q.refund_no FROM refund_asker q WHERE q.refund_no > $1 ORDER BY q.refund_no LIMIT $2
