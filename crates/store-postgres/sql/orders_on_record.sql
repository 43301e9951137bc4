SELECT o.body FROM gateway_order o WHERE o.gateway_no = $1 AND o.sent_us < $2
AND (o.sent_us, o.document_kind, o.document_no) > ($3, $4, $5)
ORDER BY o.sent_us, o.document_kind, o.document_no LIMIT $6
