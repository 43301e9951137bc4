-- To change the settings.
SELECT only_row FROM organisation FOR UPDATE
