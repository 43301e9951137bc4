-- Drafts, to find those that keep an accounting period from being closed. An invoice that is posted at once never
-- stands here.
CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_state__draft
  ON invoice_state (invoice_date, invoice_no) WHERE status = 0
