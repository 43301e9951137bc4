SELECT invoice_no FROM invoice WHERE invoice_no < $1 ORDER BY invoice_no DESC LIMIT $2
