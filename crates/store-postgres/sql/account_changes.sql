SELECT change_id, account_no, name, status, automatic_transfer, automatic_application, gateway_no,
  default_method_no
FROM account_change c WHERE change_id = ANY ($1::bigint[])
