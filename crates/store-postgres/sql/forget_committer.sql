DELETE FROM committer WHERE committer_no = $1
