SELECT
  a.account_no, a.external_id, a.name,
  (SELECT c.name FROM account_change c WHERE c.account_no = a.account_no AND c.name IS NOT NULL
   ORDER BY c.change_id DESC LIMIT 1)
FROM account a WHERE a.account_no = ANY ($1::bigint[])
