-- Payment methods by number ($1), and the default ones of accounts ($2).
SELECT m.body FROM payment_method_state m WHERE m.method_no = ANY (ARRAY(
  SELECT unnest($1::bigint[])
  UNION SELECT s.default_method_no FROM account_state s WHERE s.account_no = ANY ($2::bigint[])))
