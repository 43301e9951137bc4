INSERT INTO gateway_secret (name, sealed, stored_us) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, stored_us = excluded.stored_us
