UPDATE side_record SET version = version + 1, body = $4 WHERE kind = $1 AND id = $2 AND version = $3
RETURNING version
