-- A key that was revoked stays so, whatever another server read before.
INSERT INTO api_key (name, hash, role, created_us, revoked_us) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET
  hash = excluded.hash, role = excluded.role, created_us = excluded.created_us,
  revoked_us = CASE WHEN api_key.hash = excluded.hash
    THEN coalesce(api_key.revoked_us, excluded.revoked_us) ELSE excluded.revoked_us END
