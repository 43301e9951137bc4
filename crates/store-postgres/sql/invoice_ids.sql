SELECT external_id, invoice_no FROM invoice WHERE external_id = ANY ($1::text[])
