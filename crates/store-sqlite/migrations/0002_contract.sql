DROP TABLE filling;
DROP TABLE open_invoice;
DROP TABLE word_filling;
