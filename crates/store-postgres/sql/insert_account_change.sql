-- Appends rows of account_change.
INSERT INTO account_change (
  change_id, account_no, status, automatic_transfer, automatic_application, name, gateway_no,
  default_method_no, shard)
SELECT
  change_id, account_no, status, automatic_transfer, automatic_application, name, gateway_no,
  default_method_no, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[],
  $7::integer[], $8::bigint[])
AS given (
  change_id, account_no, status, automatic_transfer, automatic_application, name, gateway_no,
  default_method_no)
