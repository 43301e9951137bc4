SELECT o.body FROM gateway_order o WHERE o.gateway_no = $1 AND o.due_us <= $2
ORDER BY o.due_us, o.document_kind, o.document_no LIMIT $3
