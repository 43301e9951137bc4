-- Appends decisions.
INSERT INTO entry (
  entry_no, account_no, at_us, previous_no, origin_id, key_hash, fingerprint, facts, request_id, shard)
SELECT
  entry_no, account_no, at_us, previous_no, origin_id, key_hash, fingerprint, facts, request_id,
  (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bytea[],
  $8::bytea[], $9::text[])
AS given (
  entry_no, account_no, at_us, previous_no, origin_id, key_hash, fingerprint, facts, request_id)
