SELECT o.body FROM gateway_order o WHERE o.attention_us < $1
  AND (o.attention_us, o.document_kind, o.document_no) > ($2, $3, $4)
ORDER BY o.attention_us, o.document_kind, o.document_no LIMIT $5
