SELECT b.block_no, b.first_no, b.last_no, b.made_us, b.previous, b.root, b.hash, b.signature, b.leaves
FROM audit_block b WHERE b.block_no > $1 ORDER BY b.block_no LIMIT $2
