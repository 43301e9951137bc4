-- Appends rows of custom_field_value.
INSERT INTO custom_field_value (
  kind, number, account_no, field, value, shard)
SELECT
  kind, number, account_no, field, value, (account_no % 4096)::smallint
FROM unnest(
  $1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
AS given (
  kind, number, account_no, field, value)
