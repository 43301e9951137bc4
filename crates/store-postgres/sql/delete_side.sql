DELETE FROM side_record WHERE kind = $1 AND id = $2 AND version = $3 RETURNING version
