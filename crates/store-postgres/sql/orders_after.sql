-- A stretch of all orders, for verify.
SELECT o.body FROM gateway_order o WHERE (o.document_no, o.document_kind) > ($1, $2)
ORDER BY o.document_no, o.document_kind LIMIT $3
