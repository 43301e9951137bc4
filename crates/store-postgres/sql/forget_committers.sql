-- Those of programs that ended without a word; one that still runs registers again.
DELETE FROM committer WHERE registered_us < $1
