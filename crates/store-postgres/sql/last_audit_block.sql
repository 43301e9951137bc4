SELECT b.block_no, b.first_no, b.last_no, b.made_us, b.previous, b.root, b.hash, b.signature, b.leaves
FROM audit_block b ORDER BY b.block_no DESC LIMIT 1
