SELECT f.account_no FROM word_filling f
