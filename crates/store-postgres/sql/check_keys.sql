-- Keys are unique by index; a key that leads to another entry cannot be written down.
SELECT count(*) FROM entry
