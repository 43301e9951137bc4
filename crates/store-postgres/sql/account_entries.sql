-- Walks the entries of an account ($1) backwards from its last, or from the one before $2; at most $3.
WITH RECURSIVE chain (entry_no, previous_no, place) AS (
  SELECT e.entry_no, e.previous_no, 1 FROM entry e
  WHERE e.entry_no = CASE WHEN $2::bigint IS NULL
    THEN (SELECT s.last_entry FROM account_state s WHERE s.account_no = $1)
    ELSE (SELECT b.previous_no FROM entry b WHERE b.entry_no = $2 AND b.account_no = $1) END
  UNION ALL
  SELECT e.entry_no, e.previous_no, chain.place + 1
  FROM chain JOIN entry e ON e.entry_no = chain.previous_no
  WHERE chain.place < $3)
SELECT
  e.entry_no, e.at_us, e.account_no, e.previous_no, o.command, o.actor, o.door, e.request_id, e.key_hash,
  e.fingerprint, e.facts, o.address, o.on_behalf_of, a.currency, o.person
FROM chain JOIN entry e ON e.entry_no = chain.entry_no
JOIN origin o ON o.origin_id = e.origin_id
LEFT JOIN account a ON a.account_no = e.account_no AND a.shard = e.shard
ORDER BY chain.place
