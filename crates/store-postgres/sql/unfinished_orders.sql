-- Orders that a worker or people still look after.
SELECT o.body FROM gateway_order o WHERE o.due_us IS NOT NULL
UNION ALL
SELECT o.body FROM gateway_order o WHERE o.attention_us IS NOT NULL AND o.due_us IS NULL
