-- The last labels of documents ($1, $2) before an entry ($3).
SELECT f.fact
FROM unnest($1::smallint[], $2::bigint[]) AS asked (kind, number)
CROSS JOIN LATERAL (
  SELECT f.fact FROM gateway_fact f
  WHERE f.document_kind = asked.kind AND f.document_no = asked.number AND f.entry_no < $3
  ORDER BY f.fact_no DESC LIMIT 1) f
