SELECT r.document_kind, r.document_no FROM gateway_reference r WHERE r.gateway_no = $1 AND r.id = $2
ORDER BY r.rank, r.document_kind, r.document_no LIMIT 1
