SELECT account_no FROM account WHERE account_no > $1 ORDER BY account_no LIMIT $2
