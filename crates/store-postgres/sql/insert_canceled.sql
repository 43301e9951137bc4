-- Appends rows of canceled.
INSERT INTO canceled (
  number, entry_no, account_no, date, kind, reason_code, comment, shard)
SELECT
  number, entry_no, account_no, date, kind, reason_code, comment, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::text[], $7::text[])
AS given (
  number, entry_no, account_no, date, kind, reason_code, comment)
