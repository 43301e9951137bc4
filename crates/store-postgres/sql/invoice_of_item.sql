SELECT invoice_no FROM invoice_item WHERE item_no = $1
