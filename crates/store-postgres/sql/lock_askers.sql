-- Whoever sums up the refunds of a person keeps others from doing so until the end of the transaction. In the order of
-- the primary key: two then wait for each other instead of locking each other out.
INSERT INTO asker_lock (asker) SELECT asker FROM unnest($1::text[]) AS given (asker) ORDER BY asker
ON CONFLICT (asker) DO UPDATE SET asker = excluded.asker
