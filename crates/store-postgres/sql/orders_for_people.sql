-- $1 is less than any instant: the condition leads to the index.
SELECT o.body FROM gateway_order o WHERE o.attention_us >= $1
ORDER BY o.attention_us, o.document_kind, o.document_no LIMIT $2
