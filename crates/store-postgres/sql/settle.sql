-- Waits until no committer is amid a batch, and keeps them from beginning one.
SELECT committer_no FROM committer ORDER BY committer_no FOR SHARE
