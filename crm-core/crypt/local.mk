# crypt
