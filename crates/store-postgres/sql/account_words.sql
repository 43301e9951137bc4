-- The words of the names of accounts ($1), as they are stored.
SELECT w.account_no, w.word FROM account_word w WHERE w.account_no = ANY ($1::bigint[])
