DROP INDEX IF EXISTS invoice_state__open
