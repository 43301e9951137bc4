-- Takes away the values of custom fields that documents of a kind had.
DELETE FROM custom_field_value v WHERE v.kind = $1 AND v.number = ANY ($2::bigint[])
