-- search.db, version 1: derived, in plain text, rebuilt at any time, in no backup.
--
-- mail_text's rowid is (seconds << 28 | low 28 bits of the message id): newest first without a sort. The column "who" holds
-- tokens of whoever may see the row, so that MATCH filters first; kartoteka.db decides. Each begins with U+E000, which no text
-- and no query can hold: u = user who takes part, t = team, b = book whose "history" opens it, before them c<circle> when it is
-- in one (c7u5), and k = contact that it is filed under. Contentless FTS5 of 3.40 deletes only with the original text in hand:
-- it is made again from the stored form; "who" and "flag" as written are kept here.
CREATE VIRTUAL TABLE mail_text USING fts5(
	subject, sender, recipient, body, attachment, flag, who,
	content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
-- Merged when idle (search-index.c); only what would slow the search down is merged at once.
INSERT INTO mail_text (mail_text, rank) VALUES ('automerge', 0);
INSERT INTO mail_text (mail_text, rank) VALUES ('crisismerge', 64);
INSERT INTO mail_text (mail_text, rank) VALUES ('hashsize', 8388608);

CREATE TABLE mail_row (
	id INTEGER PRIMARY KEY,			-- mail_text's rowid
	message_id INTEGER NOT NULL UNIQUE,
	who TEXT NOT NULL,
	flag TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE contact_text USING fts5(
	name, organisation, address, other, who,
	content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);

CREATE TABLE contact_row (
	id INTEGER PRIMARY KEY,			-- contact_text's rowid = internal contact id
	sort_key BLOB NOT NULL,			-- made in C by the collation of the company's language
	name TEXT NOT NULL,
	organisation TEXT NOT NULL,
	address TEXT NOT NULL,
	other TEXT NOT NULL,
	who TEXT NOT NULL
) STRICT;
CREATE INDEX contact_row_sort ON contact_row(sort_key);

CREATE TABLE deferred (				-- a filing of it opens to others at that time: index it again then
	time INTEGER NOT NULL,
	message_id INTEGER NOT NULL,
	PRIMARY KEY (time, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE todo (				-- marks taken over from search_stale of kartoteka.db
	kind INTEGER NOT NULL,
	object_id INTEGER NOT NULL,
	PRIMARY KEY (kind, object_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE progress (
	name TEXT PRIMARY KEY,			-- 'message', 'contact': the highest id that is indexed; 'text': version of
						-- the texts; 'witness': part of that message's public id
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
