SELECT m.body FROM payment_method_state m WHERE m.method_no = ANY ($1::bigint[])
