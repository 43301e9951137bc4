-- Open invoices in the order they fall due. Built beside running servers, which go on with the old index.
CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_state__open_due
  ON invoice_state (account_no, due_date, invoice_date, invoice_no) WHERE is_open
