DROP TABLE filling;
DROP TABLE open_invoice;
