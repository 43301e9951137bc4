-- What the history knows of idempotency keys.
SELECT key_hash, entry_no, fingerprint FROM entry WHERE key_hash = ANY ($1::bytea[])
