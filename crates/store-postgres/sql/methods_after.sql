-- A stretch of all payment methods, for verify.
SELECT m.body FROM payment_method_state m WHERE m.method_no > $1 ORDER BY m.method_no LIMIT $2
