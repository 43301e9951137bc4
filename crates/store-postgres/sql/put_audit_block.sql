INSERT INTO audit_block (block_no, first_no, last_no, made_us, previous, root, hash, signature, leaves)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (block_no) DO NOTHING
