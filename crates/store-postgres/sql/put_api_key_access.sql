INSERT INTO api_key_access (name, roles, expires_us, person) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET
  roles = excluded.roles, expires_us = excluded.expires_us, person = excluded.person
