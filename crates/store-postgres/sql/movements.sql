-- Later movements of credit balances: from each start ($2) of an account ($1) back to the first decided before $3, at
-- most $4 of them.
WITH RECURSIVE chain (account_no, floor_us, date, amount, raises, previous_no, at_us, place) AS (
  SELECT asked.account_no, asked.floor_us, p.date, p.amount, p.credit_raises, p.credit_previous, e.at_us, 1
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS asked (account_no, start_no, floor_us)
  JOIN posting p ON p.posting_no = asked.start_no
  JOIN entry e ON e.entry_no = p.entry_no AND e.shard = p.shard
  UNION ALL
  SELECT chain.account_no, chain.floor_us, p.date, p.amount, p.credit_raises, p.credit_previous, e.at_us,
    chain.place + 1
  FROM chain JOIN posting p ON p.posting_no = chain.previous_no
  JOIN entry e ON e.entry_no = p.entry_no AND e.shard = p.shard
  WHERE chain.at_us >= chain.floor_us AND chain.place < $4)
SELECT account_no, date, amount, raises FROM chain WHERE at_us >= floor_us
