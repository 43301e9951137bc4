SELECT s.salt FROM origin_salt s
