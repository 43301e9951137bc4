SELECT change_id, settings FROM setting_change WHERE change_id = ANY ($1::bigint[])
