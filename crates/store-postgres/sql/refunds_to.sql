-- Decisions on accounts since an instant, from the last backwards, at most $3 of each. Those of one account are in the order
-- of their instants, so the walk ends at the first one before.
WITH RECURSIVE chain (account_no, since_us, previous_no, at_us, facts, place) AS (
  SELECT wanted.account_no, wanted.since_us, e.previous_no, e.at_us, e.facts, 1
  FROM unnest($1::bigint[], $2::bigint[]) AS wanted (account_no, since_us)
  JOIN account_state s ON s.account_no = wanted.account_no
  JOIN entry e ON e.entry_no = s.last_entry
  WHERE e.at_us >= wanted.since_us
  UNION ALL
  SELECT chain.account_no, chain.since_us, e.previous_no, e.at_us, e.facts, chain.place + 1
  FROM chain JOIN entry e ON e.entry_no = chain.previous_no
  WHERE e.at_us >= chain.since_us AND chain.place < $3::bigint)
SELECT chain.account_no, chain.at_us, chain.facts FROM chain ORDER BY chain.account_no, chain.place
