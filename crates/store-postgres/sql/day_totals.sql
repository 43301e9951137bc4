SELECT currency, date, ledger_account, sum(debit)::bigint, sum(credit)::bigint
FROM day_total GROUP BY currency, date, ledger_account
