-- The names of accounts ($1) by which they shall be found: not if personal data was erased since. $2: the kind under which
-- it stands what became of that.
SELECT a.account_no, coalesce(c.name, a.name)
FROM account a
LEFT JOIN account_change c ON c.shard = a.shard AND c.change_id = (
  SELECT l.change_id FROM account_change l WHERE l.account_no = a.account_no AND l.name IS NOT NULL
  ORDER BY l.change_id DESC LIMIT 1)
WHERE a.account_no = ANY ($1::bigint[]) AND NOT EXISTS (
  SELECT 1 FROM gateway_fact f
  WHERE f.document_kind = $2 AND f.document_no = a.account_no
    AND f.entry_no > coalesce(c.change_id, a.entry_no) AND f.fact LIKE '%"erased"%')
