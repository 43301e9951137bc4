-- The first $2 drafts dated on or before $1.
SELECT s.invoice_no FROM invoice_state s WHERE s.status = 0 AND s.invoice_date <= $1 ORDER BY s.invoice_no LIMIT $2
