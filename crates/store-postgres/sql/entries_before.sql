-- Newest first, before $1.
SELECT
  e.entry_no, e.at_us, e.account_no, e.previous_no, o.command, o.actor, o.door, e.request_id, e.key_hash,
  e.fingerprint, e.facts, o.address, o.on_behalf_of, a.currency, o.person
FROM entry e JOIN origin o ON o.origin_id = e.origin_id
LEFT JOIN account a ON a.account_no = e.account_no AND a.shard = e.shard
WHERE e.entry_no < $1 ORDER BY e.entry_no DESC LIMIT $2
