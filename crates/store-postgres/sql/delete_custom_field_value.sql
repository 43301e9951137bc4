-- Takes away the values of custom fields that documents had.
DELETE FROM custom_field_value
USING unnest($1::smallint[], $2::bigint[]) AS given (kind, number)
WHERE custom_field_value.kind = given.kind AND custom_field_value.number = given.number
