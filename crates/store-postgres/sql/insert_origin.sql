-- Adds origins that this committer has not seen yet; another one may have.
INSERT INTO origin (
  origin_id, command, actor, door)
SELECT
  origin_id, command, actor, door
FROM unnest(
  $1::bigint[], $2::text[], $3::text[], $4::text[])
AS given (
  origin_id, command, actor, door)
ON CONFLICT (origin_id) DO NOTHING
