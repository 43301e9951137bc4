-- Accounts with a word in their name from $1 on and before $2: of the first $3 words the newest $4 accounts. The words are
-- stepped through one by one, so that a word that many have costs no more than one that few have.
WITH RECURSIVE spelled (word, place) AS (
  SELECT (SELECT w.word FROM account_word w WHERE w.word >= $1 AND w.word < $2 ORDER BY w.word LIMIT 1), 1
  UNION ALL
  SELECT
    (SELECT w.word FROM account_word w WHERE w.word > spelled.word AND w.word < $2 ORDER BY w.word LIMIT 1),
    spelled.place + 1
  FROM spelled WHERE spelled.word IS NOT NULL AND spelled.place < $3)
SELECT spelled.place, found.account_no
FROM spelled
CROSS JOIN LATERAL (
  SELECT w.account_no FROM account_word w WHERE w.word = spelled.word
  ORDER BY w.account_no DESC LIMIT $4) found
ORDER BY spelled.place
