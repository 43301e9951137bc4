SELECT m.body FROM payment_method_state m WHERE m.account_no = $1 ORDER BY m.method_no
