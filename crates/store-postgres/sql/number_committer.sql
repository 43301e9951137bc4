UPDATE numbering SET committer_no = committer_no + 1 RETURNING committer_no
