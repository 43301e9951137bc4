SELECT s.id, s.version, s.body FROM side_record s WHERE s.kind = $1 AND s.id > $2 ORDER BY s.id LIMIT $3
