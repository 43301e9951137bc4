SELECT payment_no FROM payment WHERE payment_no < $1 ORDER BY payment_no DESC LIMIT $2
