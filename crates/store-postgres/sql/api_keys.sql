SELECT k.name, k.hash, k.role, k.created_us, k.revoked_us, a.roles, a.expires_us, a.person
FROM api_key k LEFT JOIN api_key_access a ON a.name = k.name ORDER BY k.name
