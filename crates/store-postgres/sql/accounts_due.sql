-- Accounts with an open invoice that fell due, a page in order of their numbers.
SELECT DISTINCT s.account_no FROM invoice_state s
WHERE s.is_open AND s.account_no > $1 AND s.due_date <= $2 ORDER BY s.account_no LIMIT $3
