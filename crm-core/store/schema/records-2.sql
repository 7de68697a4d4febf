-- kartoteka.db, version 2: what is taken from the mailboxes.
CREATE TABLE mailbox_posture (			-- of a user's mailbox; a user without a row: off
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER NOT NULL REFERENCES user(id),
	posture INTEGER NOT NULL,		-- Posture: off, headers, known, full
	begin_revision INTEGER NOT NULL REFERENCES revision(id),	-- its reason says why
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX mailbox_posture_user ON mailbox_posture(user_id);
