-- Appends rows of entry_origin.
INSERT INTO entry_origin (
  entry_no, account_no, address, on_behalf_of, person, shard)
SELECT
  entry_no, account_no, address, on_behalf_of, person, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
AS given (
  entry_no, account_no, address, on_behalf_of, person)
