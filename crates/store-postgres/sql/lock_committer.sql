-- Says that numbers may be in the making here. No row means that this committer has to register again.
SELECT committer_no FROM committer WHERE committer_no = $1 FOR UPDATE
