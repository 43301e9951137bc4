SELECT o.body
FROM unnest($1::smallint[], $2::bigint[]) AS asked (kind, number)
JOIN gateway_order o ON o.document_no = asked.number AND o.document_kind = asked.kind
