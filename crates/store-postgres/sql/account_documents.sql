-- Walks the entries of an account ($1) backwards from its last, or from $2 itself; at most $3. What each made is in its facts.
WITH RECURSIVE chain (entry_no, previous_no, facts, place) AS (
  SELECT e.entry_no, e.previous_no, e.facts, 1 FROM entry e
  WHERE e.account_no = $1 AND e.entry_no = CASE WHEN $2::bigint IS NULL
    THEN (SELECT s.last_entry FROM account_state s WHERE s.account_no = $1) ELSE $2 END
  UNION ALL
  SELECT e.entry_no, e.previous_no, e.facts, chain.place + 1
  FROM chain JOIN entry e ON e.entry_no = chain.previous_no
  WHERE chain.place < $3)
SELECT chain.entry_no, chain.facts FROM chain ORDER BY chain.place
