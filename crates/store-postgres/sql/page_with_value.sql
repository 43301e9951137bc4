-- Documents of a kind with a value of a custom field, newest first.
SELECT v.number FROM custom_field_value v
WHERE v.kind = $1 AND v.field = $2 AND v.value = $3 AND v.number < $4
ORDER BY v.number DESC LIMIT $5
