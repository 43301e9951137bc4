-- Open invoices in the order they fall due, so that a page of the oldest needs no others. The old table
-- stays until the contraction; a program of schema 1 goes on with it.
CREATE TABLE open_invoice_due (
  account_no INTEGER NOT NULL, due_date INTEGER NOT NULL, invoice_date INTEGER NOT NULL,
  invoice_no INTEGER NOT NULL,
  PRIMARY KEY (account_no, due_date, invoice_date, invoice_no)) STRICT, WITHOUT ROWID;

-- How far the table is filled from the old one: account and invoice of the last row taken. Gone when
-- everything is.
CREATE TABLE filling (account_no INTEGER NOT NULL, invoice_no INTEGER NOT NULL) STRICT;
INSERT INTO filling VALUES (0, 0);
