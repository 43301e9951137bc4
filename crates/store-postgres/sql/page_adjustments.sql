SELECT adjustment_no FROM credit_balance_adjustment WHERE adjustment_no < $1 ORDER BY adjustment_no DESC LIMIT $2
