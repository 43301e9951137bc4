-- Walks a chain of postings backwards from $1, at most $2 of them.
WITH RECURSIVE chain (posting_no, previous_no, place) AS (
  SELECT p.posting_no, p.invoice_previous, 1 FROM posting p WHERE p.posting_no = $1
  UNION ALL
  SELECT p.posting_no, p.invoice_previous, chain.place + 1
  FROM chain JOIN posting p ON p.posting_no = chain.previous_no
  WHERE chain.place < $2)
SELECT
  p.posting_no, p.date, p.debit, p.credit, p.amount, p.document_kind, p.document_no, p.invoice_no,
  p.invoice_balance, p.invoice_previous, p.invoice_raises, p.credit_balance, p.credit_previous,
  p.credit_raises, p.entry_no,
  a.currency, e.at_us
FROM posting p
JOIN entry e ON e.entry_no = p.entry_no AND e.shard = p.shard
JOIN account a ON a.account_no = p.account_no AND a.shard = p.shard
WHERE p.posting_no = ANY (ARRAY(SELECT posting_no FROM chain)) ORDER BY p.posting_no DESC
