DELETE FROM word_filling
