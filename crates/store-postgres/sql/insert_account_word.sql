-- Appends rows of account_word.
INSERT INTO account_word (
  word, account_no, shard)
SELECT
  word, account_no, (account_no % 4096)::smallint
FROM unnest(
  $1::bytea[], $2::bigint[])
AS given (
  word, account_no)
