SELECT o.body FROM gateway_order o WHERE o.document_kind = 5 AND o.document_no IN
  (SELECT p.refund_no FROM refund_part p WHERE p.payment_no = $1)
ORDER BY o.document_no
