-- Remembers ids that gateways gave. The rows of the accounts are locked.
INSERT INTO gateway_reference (
  gateway_no, account_no, document_no, document_kind, rank, id, shard)
SELECT
  gateway_no, account_no, document_no, document_kind, rank, id, (account_no % 4096)::smallint
FROM unnest(
  $1::integer[], $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::text[])
AS given (
  gateway_no, account_no, document_no, document_kind, rank, id)
ON CONFLICT (gateway_no, id, rank, document_kind, document_no, shard) DO NOTHING
