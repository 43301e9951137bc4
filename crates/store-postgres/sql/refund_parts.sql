SELECT refund_no, invoice_no, amount FROM refund_part
WHERE refund_no = ANY ($1::bigint[]) ORDER BY refund_no, line
