-- Takes over orders; the rows of their accounts are locked.
INSERT INTO gateway_order (
  document_no, account_no, due_us, attention_us, sent_us, gateway_no, document_kind, body, shard)
SELECT
  document_no, account_no, due_us, attention_us, sent_us, gateway_no, document_kind, body,
  (account_no % 4096)::smallint
FROM unnest(
  $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::smallint[],
  $8::text[])
AS given (
  document_no, account_no, due_us, attention_us, sent_us, gateway_no, document_kind, body)
ON CONFLICT (document_no, document_kind, shard) DO UPDATE SET
  due_us = excluded.due_us, attention_us = excluded.attention_us, sent_us = excluded.sent_us,
  body = excluded.body
