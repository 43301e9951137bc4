SELECT f.entry_no, e.at_us, o.actor, f.fact
FROM gateway_fact f
JOIN entry e ON e.entry_no = f.entry_no AND e.shard = f.shard
JOIN origin o ON o.origin_id = e.origin_id
WHERE f.document_kind = $1 AND f.document_no = $2 ORDER BY f.fact_no
