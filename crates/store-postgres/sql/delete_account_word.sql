-- Takes away the words of the names that accounts had.
DELETE FROM account_word w WHERE w.account_no = ANY ($1::bigint[])
