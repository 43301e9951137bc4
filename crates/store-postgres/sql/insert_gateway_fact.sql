-- Appends rows of gateway_fact.
INSERT INTO gateway_fact (
  fact_no, entry_no, account_no, document_no, document_kind, fact, shard)
SELECT
  fact_no, entry_no, account_no, document_no, document_kind, fact, (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::text[])
AS given (
  fact_no, entry_no, account_no, document_no, document_kind, fact)
