SELECT item_adjustment_no FROM invoice_item_adjustment WHERE item_adjustment_no < $1 ORDER BY item_adjustment_no DESC LIMIT $2
