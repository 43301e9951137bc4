-- Whoever changes the settings waits for the batches that decide under them, and they for it.
SELECT only_row FROM organisation FOR KEY SHARE
