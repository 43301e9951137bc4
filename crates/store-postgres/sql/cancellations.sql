SELECT c.kind, c.number, c.date, c.reason_code, c.comment
FROM unnest($1::smallint[], $2::bigint[]) AS asked (kind, number)
JOIN canceled c ON c.kind = asked.kind AND c.number = asked.number
