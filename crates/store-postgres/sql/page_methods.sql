SELECT m.method_no FROM payment_method_state m WHERE m.method_no < $1 ORDER BY m.method_no DESC LIMIT $2
