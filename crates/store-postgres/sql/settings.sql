-- The settings in force; only their number if the caller has them ($1) already.
SELECT change_id, CASE WHEN change_id = $1 THEN NULL ELSE settings END
FROM setting_change ORDER BY change_id DESC LIMIT 1
