-- Appends rows of account.
INSERT INTO account (
  account_no, entry_no, automatic_transfer, automatic_application, currency, name, external_id, shard)
SELECT
  account_no, entry_no, automatic_transfer, automatic_application, currency, name, external_id,
  (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::text[])
AS given (
  account_no, entry_no, automatic_transfer, automatic_application, currency, name, external_id)
