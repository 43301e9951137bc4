SELECT entry_no FROM entry WHERE entry_no < $1 ORDER BY entry_no DESC LIMIT $2
