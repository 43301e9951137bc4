SELECT name, hash, role, created_us, revoked_us FROM api_key ORDER BY name
