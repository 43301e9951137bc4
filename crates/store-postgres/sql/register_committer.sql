INSERT INTO committer (committer_no, registered_us) VALUES ($1, $2)
