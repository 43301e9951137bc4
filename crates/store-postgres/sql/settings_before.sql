-- The settings in force before an entry ($1); an entry's number is that of its change.
SELECT settings FROM setting_change WHERE change_id < $1 ORDER BY change_id DESC LIMIT 1
