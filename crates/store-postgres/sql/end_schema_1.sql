-- From now on no server of schema 1 can begin to work with the books.
INSERT INTO schema_version (version) VALUES (2) ON CONFLICT (version) DO NOTHING
