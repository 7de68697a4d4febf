-- access.db, version 1: the access record of reads, in the form that records-1.sql explains, and the checkpoints.
CREATE TABLE counter (
	name TEXT PRIMARY KEY,			-- 'indexed': up to which seq access_object is filled
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE access (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	segment INTEGER NOT NULL,
	time INTEGER NOT NULL,
	actor_kind INTEGER NOT NULL,
	actor BLOB,
	behalf BLOB,
	surface INTEGER NOT NULL,
	purpose INTEGER NOT NULL,
	result INTEGER NOT NULL,
	key_id INTEGER,
	detail BLOB,
	objects BLOB NOT NULL,
	chain BLOB NOT NULL
) STRICT;

CREATE TABLE access_object (
	kind INTEGER NOT NULL,
	pid BLOB NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (kind, pid, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_segment (
	segment INTEGER PRIMARY KEY,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	head BLOB NOT NULL,
	pruned INTEGER NOT NULL
) STRICT;

CREATE TABLE access_checkpoint (		-- signed, covers both chains
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	time INTEGER NOT NULL,
	changes_seq INTEGER NOT NULL,
	changes_chain BLOB NOT NULL,
	reads_seq INTEGER NOT NULL,
	reads_chain BLOB NOT NULL,
	signature BLOB NOT NULL
) STRICT;
