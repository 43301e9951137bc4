SELECT
  p.posting_no, p.date, p.debit, p.credit, p.amount, p.document_kind, p.document_no, p.invoice_no,
  p.invoice_balance, p.invoice_previous, p.invoice_raises, p.credit_balance, p.credit_previous,
  p.credit_raises, p.entry_no,
  a.currency
FROM posting p JOIN account a ON a.account_no = p.account_no AND a.shard = p.shard
WHERE p.posting_no = ANY ($1::bigint[]) ORDER BY p.posting_no
