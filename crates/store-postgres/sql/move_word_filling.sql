UPDATE word_filling SET account_no = $1
