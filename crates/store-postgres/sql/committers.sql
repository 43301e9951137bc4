-- Who may be amid a batch.
SELECT committer_no FROM committer ORDER BY committer_no
