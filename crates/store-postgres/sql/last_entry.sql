SELECT coalesce(max(entry_no), 0) FROM entry
