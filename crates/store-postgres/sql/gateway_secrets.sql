SELECT s.name, s.sealed, s.stored_us FROM gateway_secret s ORDER BY s.name
