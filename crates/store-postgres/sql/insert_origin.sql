-- Adds origins that this committer has not seen yet; another one may have. In order, so that two that bring
-- the same ones wait for each other instead of locking each other out.
INSERT INTO origin (
  origin_id, command, actor, door, address, on_behalf_of, person)
SELECT
  origin_id, command, actor, door, address, on_behalf_of, person
FROM unnest(
  $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
AS given (
  origin_id, command, actor, door, address, on_behalf_of, person)
ORDER BY origin_id
ON CONFLICT (origin_id) DO NOTHING
