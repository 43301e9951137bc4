SELECT refund_no FROM refund WHERE refund_no < $1 ORDER BY refund_no DESC LIMIT $2
