-- keys.db, version 1: keys, each wrapped (XChaCha20-Poly1305) by the master key, which is a file outside.
CREATE TABLE key (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	epoch INTEGER NOT NULL,			-- of the master key that wraps it
	wrapped BLOB NOT NULL
) STRICT;

CREATE TABLE hash_key (				-- for lookup hashes, lists for the milter and forms, and signing
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	purpose TEXT NOT NULL,			-- 'lookup', 'published', 'checkpoint' (an Ed25519 seed), ...
	epoch INTEGER NOT NULL,
	wrapped BLOB NOT NULL
) STRICT;
