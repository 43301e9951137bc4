-- The last decision that has no number above $1.
SELECT coalesce(max(entry_no), 0) FROM entry WHERE entry_no <= $1
