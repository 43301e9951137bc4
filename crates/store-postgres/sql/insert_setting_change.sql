-- Appends rows of setting_change.
INSERT INTO setting_change (
  change_id, settings)
SELECT
  change_id, settings
FROM unnest(
  $1::bigint[], $2::text[])
AS given (
  change_id, settings)
