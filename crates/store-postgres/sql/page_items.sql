SELECT item_no FROM invoice_item WHERE item_no < $1 ORDER BY item_no DESC LIMIT $2
