-- kartoteka.db, version 1: all records.
--
-- What identifies a person is sealed (a BLOB beside the key_id that opens it, bound to table, public id and field);
-- whatever is looked up (address, domain, Message-ID, digest, login, name) is a keyed BLAKE2b hash of 16 bytes beside
-- the number of its hash key. Internal ids are AUTOINCREMENT and never leave store/; pid is the public id.
-- Times are milliseconds since 1970, UTC. What decides who may see something is only begun and ended by a revision:
-- valid at revision R means begin_revision <= R AND (end_revision IS NULL OR end_revision > R); a planned end is "until".

CREATE TABLE counter (
	name TEXT PRIMARY KEY,			-- 'key-next': the first key of keys.db not yet claimed, ...
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revision (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	time INTEGER NOT NULL,			-- never runs back
	actor_kind INTEGER NOT NULL,		-- ActorKind
	actor BLOB,				-- pid of the user, when there is one
	key_id INTEGER,
	reason BLOB				-- sealed text
) STRICT;

-- Staff ----------------------------------------------------------------------------------------------------------

CREATE TABLE user (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	hash_key INTEGER NOT NULL,
	login_hash BLOB NOT NULL UNIQUE,
	key_id INTEGER NOT NULL,
	card BLOB NOT NULL			-- sealed: login, full name, language
) STRICT;

CREATE TABLE user_state (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER NOT NULL REFERENCES user(id),
	state INTEGER NOT NULL,			-- UserState: active, away, left; and the role administrator beside it
	until INTEGER,
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX user_state_user ON user_state(user_id);

CREATE TABLE user_password (
	user_id INTEGER PRIMARY KEY REFERENCES user(id),
	hash TEXT NOT NULL			-- libsodium's Argon2id string
) STRICT;

CREATE TABLE user_address (			-- proved addresses of staff
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER NOT NULL REFERENCES user(id),
	address_id INTEGER NOT NULL REFERENCES address(id),
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX user_address_address ON user_address(address_id);
CREATE INDEX user_address_user ON user_address(user_id);

CREATE TABLE team (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	hash_key INTEGER NOT NULL,
	name_hash BLOB NOT NULL UNIQUE,
	key_id INTEGER NOT NULL,
	card BLOB NOT NULL			-- sealed: name
) STRICT;

CREATE TABLE team_member (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	team_id INTEGER NOT NULL REFERENCES team(id),
	user_id INTEGER NOT NULL REFERENCES user(id),
	until INTEGER,
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX team_member_user ON team_member(user_id);
CREATE INDEX team_member_team ON team_member(team_id);

CREATE TABLE team_address (			-- role addresses: sales@ belongs to a team, with dates
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	team_id INTEGER NOT NULL REFERENCES team(id),
	address_id INTEGER NOT NULL REFERENCES address(id),
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX team_address_address ON team_address(address_id);
CREATE INDEX team_address_team ON team_address(team_id);

CREATE TABLE handover (				-- a leaver's or absent person's correspondence, opened to a successor
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	from_user_id INTEGER NOT NULL REFERENCES user(id),
	to_user_id INTEGER REFERENCES user(id),
	to_team_id INTEGER REFERENCES team(id),
	book_id INTEGER REFERENCES book(id),	-- scope: mail filed under this book's contacts; NULL: all
	until INTEGER,
	begin_revision INTEGER NOT NULL REFERENCES revision(id),	-- its reason says why
	end_revision INTEGER REFERENCES revision(id),
	CHECK ((to_user_id IS NULL) <> (to_team_id IS NULL))
) STRICT;
CREATE INDEX handover_to_user ON handover(to_user_id);
CREATE INDEX handover_to_team ON handover(to_team_id);

CREATE TABLE web_session (
	token_hash BLOB PRIMARY KEY,
	user_id INTEGER NOT NULL REFERENCES user(id),
	created INTEGER NOT NULL,
	seen INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE login_failure (			-- throttling, by login and by client
	hash BLOB PRIMARY KEY,
	count INTEGER NOT NULL,
	last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Address books, grants, circles ---------------------------------------------------------------------------------

CREATE TABLE book (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	hash_key INTEGER NOT NULL,
	name_hash BLOB NOT NULL UNIQUE,
	key_id INTEGER NOT NULL,
	card BLOB NOT NULL			-- sealed: name, description
) STRICT;

CREATE TABLE book_grant (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	book_id INTEGER NOT NULL REFERENCES book(id),
	user_id INTEGER REFERENCES user(id),
	team_id INTEGER REFERENCES team(id),
	right INTEGER NOT NULL,			-- Right: see, history, edit, sync, export, manage; one a grant
	until INTEGER,
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id),
	CHECK ((user_id IS NULL) <> (team_id IS NULL))
) STRICT;
CREATE INDEX book_grant_user ON book_grant(user_id);
CREATE INDEX book_grant_team ON book_grant(team_id);
CREATE INDEX book_grant_book ON book_grant(book_id);

CREATE TABLE circle (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	key_id INTEGER NOT NULL,
	card BLOB NOT NULL			-- sealed: name
) STRICT;

CREATE TABLE circle_member (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	circle_id INTEGER NOT NULL REFERENCES circle(id),
	user_id INTEGER NOT NULL REFERENCES user(id),
	until INTEGER,
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX circle_member_user ON circle_member(user_id);

CREATE TABLE circle_object (			-- a contact or message that only the circle's members know of
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	circle_id INTEGER NOT NULL REFERENCES circle(id),
	contact_id INTEGER REFERENCES contact(id),
	message_id INTEGER REFERENCES message(id),
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id),
	CHECK ((contact_id IS NULL) <> (message_id IS NULL))
) STRICT;
CREATE INDEX circle_object_contact ON circle_object(contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX circle_object_message ON circle_object(message_id) WHERE message_id IS NOT NULL;

-- Contacts -------------------------------------------------------------------------------------------------------

CREATE TABLE contact (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	kind INTEGER NOT NULL,			-- ContactKind: person, organisation
	hash_key INTEGER NOT NULL,
	uid_hash BLOB NOT NULL UNIQUE,		-- vCard UID
	key_id INTEGER NOT NULL,
	card BLOB NOT NULL,			-- sealed vCard 4.0, unknown properties kept
	deleted_revision INTEGER REFERENCES revision(id)
) STRICT;

CREATE TABLE contact_book (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	contact_id INTEGER NOT NULL REFERENCES contact(id),
	book_id INTEGER NOT NULL REFERENCES book(id),
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX contact_book_contact ON contact_book(contact_id, book_id);
CREATE INDEX contact_book_book ON contact_book(book_id, contact_id);

CREATE TABLE contact_address (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	contact_id INTEGER NOT NULL REFERENCES contact(id),
	address_id INTEGER NOT NULL REFERENCES address(id),
	since INTEGER NOT NULL,			-- mail taken in before is filed, but open to its participants alone
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX contact_address_address ON contact_address(address_id);
CREATE INDEX contact_address_contact ON contact_address(contact_id);

CREATE TABLE contact_domain (			-- an organisation's mail domains
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	contact_id INTEGER NOT NULL REFERENCES contact(id),
	hash_key INTEGER NOT NULL,
	domain_hash BLOB NOT NULL,
	since INTEGER NOT NULL,
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX contact_domain_hash ON contact_domain(domain_hash);
CREATE INDEX contact_domain_contact ON contact_domain(contact_id);

CREATE TABLE contact_role (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	contact_id INTEGER NOT NULL REFERENCES contact(id),
	role INTEGER NOT NULL,			-- ContactRole: customer, supplier, partner, colleague, former employee
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX contact_role_contact ON contact_role(contact_id);
CREATE INDEX contact_role_role ON contact_role(role);

CREATE TABLE employment (			-- a person's employers; title and dates stand in the card
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	contact_id INTEGER NOT NULL REFERENCES contact(id),
	organisation_id INTEGER NOT NULL REFERENCES contact(id),
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX employment_contact ON employment(contact_id);
CREATE INDEX employment_organisation ON employment(organisation_id);

CREATE TABLE book_change (			-- per book, from the first day on: what devices will be told
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	book_id INTEGER NOT NULL REFERENCES book(id),
	contact_id INTEGER NOT NULL,
	contact_pid BLOB NOT NULL,
	kind INTEGER NOT NULL,			-- added, changed, removed
	revision INTEGER NOT NULL REFERENCES revision(id)
) STRICT;
CREATE INDEX book_change_book ON book_change(book_id, id);

-- Mail -----------------------------------------------------------------------------------------------------------

CREATE TABLE address (				-- every canonical address ever seen, as a hash
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	hash_key INTEGER NOT NULL,
	hash BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE address_domain (			-- its domain and every parent domain but the top-level one
	domain_hash BLOB NOT NULL,
	address_id INTEGER NOT NULL REFERENCES address(id),
	PRIMARY KEY (domain_hash, address_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind INTEGER NOT NULL,			-- SpoolKind of base/spool.h: milter, imap, import, form
	name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE source_start (			-- conservation: each start names the last durable number of the one before
	source_id INTEGER NOT NULL REFERENCES source(id),
	start INTEGER NOT NULL,			-- ms: when the source began to run, see base/spool.h
	time INTEGER NOT NULL,
	previous INTEGER,
	previous_last INTEGER,
	highest INTEGER NOT NULL,		-- highest n taken in
	PRIMARY KEY (source_id, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE item (				-- one copy from one source, in exactly one state
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	source_id INTEGER NOT NULL REFERENCES source(id),
	start INTEGER NOT NULL,
	n INTEGER NOT NULL,
	hash_key INTEGER,
	place_hash BLOB,			-- keyed hash of the path (import) or of mailbox, UIDVALIDITY and UID (IMAP)
	taken INTEGER NOT NULL,			-- intake by our clock: waiting counts from here
	state INTEGER NOT NULL,			-- ItemState: filed, waiting, excluded, quarantined, erased, vanished
	reason INTEGER NOT NULL,		-- ItemReason: why excluded or quarantined
	message_id INTEGER REFERENCES message(id),
	proof INTEGER NOT NULL,			-- SenderProof of this sighting: login, network, sent folder, DMARC, none
	verdict INTEGER NOT NULL,		-- Authentication-Results as far as trusted: none, pass, fail
	key_id INTEGER,
	detail BLOB				-- sealed: key (queue id, path), sha256, envelope, login, client, header block
) STRICT;
CREATE UNIQUE INDEX item_number ON item(source_id, start, n);
CREATE UNIQUE INDEX item_place ON item(source_id, place_hash) WHERE place_hash IS NOT NULL;
CREATE INDEX item_message ON item(message_id) WHERE message_id IS NOT NULL;
CREATE INDEX item_state ON item(state, taken) WHERE state <> 0;

CREATE TABLE message (				-- what the items show; one per content key
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	hash_key INTEGER NOT NULL,
	letter_hash BLOB NOT NULL,		-- equal: versions of one letter
	content_hash BLOB NOT NULL UNIQUE,	-- equal: one message; outlives destruction
	mid_hash BLOB,				-- Message-ID: threads, never merges
	time INTEGER NOT NULL,			-- set once; see the design, "time of a message"
	flags INTEGER NOT NULL,			-- MAIL_* of mail/mail.h and MESSAGE_* of store/message.h
	size INTEGER NOT NULL,			-- of the raw bytes
	key_id INTEGER,				-- of summary and parsed form; NULL once destroyed
	summary BLOB				-- sealed: what one line of a history needs
) STRICT;
CREATE INDEX message_letter ON message(letter_hash);
CREATE INDEX message_mid ON message(mid_hash) WHERE mid_hash IS NOT NULL;

CREATE TABLE message_parsed (
	message_id INTEGER PRIMARY KEY REFERENCES message(id),
	parsed BLOB NOT NULL			-- sealed under message.key_id: mail/record's stored form, see store/compress.h
) STRICT;

CREATE TABLE message_raw (
	message_id INTEGER PRIMARY KEY REFERENCES message(id),
	key_id INTEGER NOT NULL,
	raw BLOB NOT NULL			-- sealed: zstd of the raw bytes, with holes for stored attachments
) STRICT;

CREATE TABLE message_address (
	address_id INTEGER NOT NULL REFERENCES address(id),
	message_id INTEGER NOT NULL REFERENCES message(id),
	role INTEGER NOT NULL,			-- AddressRole of mail/mail.h
	PRIMARY KEY (address_id, message_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_reference (		-- In-Reply-To and References (the first and the last ten)
	mid_hash BLOB NOT NULL,
	message_id INTEGER NOT NULL REFERENCES message(id),
	PRIMARY KEY (mid_hash, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (			-- stored once; its key dies with its last referring row
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	hash_key INTEGER NOT NULL,
	digest_hash BLOB NOT NULL UNIQUE,
	size INTEGER NOT NULL,			-- decoded bytes
	key_id INTEGER NOT NULL,
	bytes BLOB NOT NULL			-- sealed; zstd inside when that is smaller
) STRICT;

CREATE TABLE message_attachment (
	message_id INTEGER NOT NULL REFERENCES message(id),
	part INTEGER NOT NULL,			-- index in the parsed form
	attachment_id INTEGER NOT NULL REFERENCES attachment(id),
	PRIMARY KEY (message_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_attachment_attachment ON message_attachment(attachment_id);

CREATE TABLE participant (			-- staff in the envelope, proved sender, owner of the mailbox
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	message_id INTEGER NOT NULL REFERENCES message(id),
	user_id INTEGER REFERENCES user(id),
	team_id INTEGER REFERENCES team(id),
	side INTEGER NOT NULL,			-- ParticipantSide: sender, recipient, owner
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id),
	CHECK ((user_id IS NULL) <> (team_id IS NULL))
) STRICT;
CREATE INDEX participant_message ON participant(message_id);
CREATE INDEX participant_user ON participant(user_id, message_id) WHERE user_id IS NOT NULL;
CREATE INDEX participant_team ON participant(team_id, message_id) WHERE team_id IS NOT NULL;

CREATE TABLE filing (				-- a message under a contact, with the reason
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	message_id INTEGER NOT NULL REFERENCES message(id),
	contact_id INTEGER NOT NULL REFERENCES contact(id),
	time INTEGER NOT NULL,			-- the message's
	reason INTEGER NOT NULL,		-- FilingReason: address, domain, hint, DSN, by hand
	role INTEGER NOT NULL,			-- AddressRole in which the address stood
	address_id INTEGER REFERENCES address(id),
	open_from INTEGER NOT NULL,		-- open to "history" on the contact's books from this time on;
						-- FILING_OPEN_NEVER: to its participants alone
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX filing_history ON filing(contact_id, time DESC, message_id DESC) WHERE end_revision IS NULL;
CREATE INDEX filing_message ON filing(message_id);

CREATE TABLE filing_pending (			-- an address or a domain that came to a contact: mail to go through
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	address_id INTEGER REFERENCES address(id),
	domain_hash BLOB,
	after_message INTEGER NOT NULL,		-- done up to this one
	CHECK ((address_id IS NULL) <> (domain_hash IS NULL))
) STRICT;

CREATE TABLE exclusion (			-- the published exclusion list
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	hash_key INTEGER NOT NULL,
	hash BLOB NOT NULL,			-- of the address or domain
	key_id INTEGER NOT NULL,
	pattern BLOB NOT NULL,			-- sealed: address or @domain
	begin_revision INTEGER NOT NULL REFERENCES revision(id),
	end_revision INTEGER REFERENCES revision(id)
) STRICT;
CREATE INDEX exclusion_hash ON exclusion(hash);

CREATE TABLE private_mark (			-- Message-IDs of private mail: later copies stay away too
	mid_hash BLOB PRIMARY KEY,
	hash_key INTEGER NOT NULL,
	rule INTEGER NOT NULL,
	begin_revision INTEGER NOT NULL REFERENCES revision(id)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
	item_id INTEGER PRIMARY KEY REFERENCES item(id),
	tries INTEGER NOT NULL,
	last INTEGER NOT NULL,
	key_id INTEGER NOT NULL,
	entry BLOB NOT NULL			-- sealed: the whole spool entry, lines and raw bytes
) STRICT;

-- Destruction and erasure ------------------------------------------------------------------------------------------

CREATE TABLE erasure (				-- each step harmless to repeat; 4: done
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	pid BLOB NOT NULL UNIQUE,
	time INTEGER NOT NULL,
	kind INTEGER NOT NULL,			-- ErasureKind: waited too long, ...
	step INTEGER NOT NULL
) STRICT;

CREATE TABLE erasure_key (
	erasure_id INTEGER NOT NULL REFERENCES erasure(id),
	key_id INTEGER NOT NULL,
	PRIMARY KEY (erasure_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE erasure_object (			-- what the keys belonged to: to be taken from the index and cleared
	erasure_id INTEGER NOT NULL REFERENCES erasure(id),
	kind INTEGER NOT NULL,			-- ObjectKind
	object_id INTEGER NOT NULL,
	PRIMARY KEY (erasure_id, kind, object_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstone (			-- keeps an erased person from coming back
	hash BLOB NOT NULL,
	kind INTEGER NOT NULL,
	hash_key INTEGER NOT NULL,
	time INTEGER NOT NULL,
	PRIMARY KEY (hash, kind)
) STRICT, WITHOUT ROWID;

-- Search: what must be indexed again (new messages and contacts are found by their id) --------------------------------

CREATE TABLE search_stale (
	kind INTEGER NOT NULL,			-- ObjectKind: message, contact
	object_id INTEGER NOT NULL,
	PRIMARY KEY (kind, object_id)
) STRICT, WITHOUT ROWID;

-- The access record: changes (reads stand in access.db, in the same form) ---------------------------------------------

CREATE TABLE access (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	segment INTEGER NOT NULL,		-- month, as 202611
	time INTEGER NOT NULL,
	actor_kind INTEGER NOT NULL,		-- ActorKind: user, device, daemon, person concerned, command line
	actor BLOB,				-- pid of the user
	behalf BLOB,				-- pid of the user on whose behalf
	surface INTEGER NOT NULL,		-- AccessSurface
	purpose INTEGER NOT NULL,		-- AccessPurpose
	result INTEGER NOT NULL,		-- 0, or 1 + ErrorCode
	key_id INTEGER,				-- one a segment
	detail BLOB,				-- sealed: search words, login uid, what changed
	objects BLOB NOT NULL,			-- the list: kind (1 byte) and pid (16 bytes) each
	chain BLOB NOT NULL			-- BLAKE2b of the chain before and of all columns above
) STRICT;

CREATE TABLE access_object (			-- unchained index: who worked with this
	kind INTEGER NOT NULL,
	pid BLOB NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (kind, pid, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_segment (			-- closed segments; a pruned one leaves its head
	segment INTEGER PRIMARY KEY,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	head BLOB NOT NULL,
	pruned INTEGER NOT NULL
) STRICT;
