-- What can be changed of an account ($1), as it was before an entry ($2). Columns as in account_changes.sql.
SELECT
  0::bigint, a.account_no,
  coalesce((SELECT c.name FROM account_change c
    WHERE c.account_no = a.account_no AND c.change_id < $2 AND c.name IS NOT NULL
    ORDER BY c.change_id DESC LIMIT 1), a.name),
  coalesce((SELECT c.status FROM account_change c
    WHERE c.account_no = a.account_no AND c.change_id < $2 AND c.status IS NOT NULL
    ORDER BY c.change_id DESC LIMIT 1), 0::smallint),
  coalesce((SELECT c.automatic_transfer FROM account_change c
    WHERE c.account_no = a.account_no AND c.change_id < $2 AND c.automatic_transfer IS NOT NULL
    ORDER BY c.change_id DESC LIMIT 1), a.automatic_transfer),
  coalesce((SELECT c.automatic_application FROM account_change c
    WHERE c.account_no = a.account_no AND c.change_id < $2 AND c.automatic_application IS NOT NULL
    ORDER BY c.change_id DESC LIMIT 1), a.automatic_application),
  (SELECT c.gateway_no FROM account_change c
    WHERE c.account_no = a.account_no AND c.change_id < $2 AND c.gateway_no IS NOT NULL
    ORDER BY c.change_id DESC LIMIT 1),
  (SELECT c.default_method_no FROM account_change c
    WHERE c.account_no = a.account_no AND c.change_id < $2 AND c.default_method_no IS NOT NULL
    ORDER BY c.change_id DESC LIMIT 1)
FROM account a WHERE a.account_no = $1
