#include "tests/lib/world.h"

#include "crypt/seal.h"
#include "mail/record.h"
#include "rules/index.h"
#include "rules/raw.h"
#include "rules/summary.h"
#include "store/book.h"
#include "store/circle.h"
#include "store/compress.h"
#include "store/contact.h"
#include "store/filing.h"
#include "store/grant.h"
#include "store/handover.h"
#include "store/team.h"
#include "store/user.h"

#include <string.h>

static gint64
row_of(World *world, const char *sql, const Id *id)
{
	g_autoptr(DbStmt) stmt = db_stmt(world->base.store, DB_RECORDS, sql, NULL);

	db_bind_id(stmt, "$pid", id);
	g_assert_cmpint(db_step(stmt, NULL), ==, DB_ROW);
	return db_int(stmt, 0);
}

void
world_begun(World *world, StoreTx *tx, Fact fact)
{
	fact.begin = store_tx_revision(tx, NULL);
	g_array_append_val(world->facts, fact);
}

void
world_committed(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	gint64 revision = store_tx_revision(tx, &error);

	g_assert_cmpint(revision, >, 0);
	if ((gint64)world->times->len <= revision)
		g_array_set_size(world->times, (guint)revision + 1);
	g_array_index(world->times, gint64, revision) = tx->now;
	CHECK(store_tx_commit(tx, &error));
}

static void
make_contact(World *world, StoreTx *tx, int n)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *uid = g_strdup_printf("uid-%d", n);
	g_autofree char *card = g_strdup_printf("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:%s\r\nFN:Person "
						"number%d\r\nEND:VCARD\r\n",
	    uid, n);
	ContactRecord record = {.kind = CONTACT_PERSON, .uid = uid, .card = card};
	int book = world_pick(world, WORLD_BOOKS);

	CHECK(contact_add(tx, &record, &world->books[book], &world->contacts[n], &error));
	world_begun(world, tx, (Fact){.kind = FACT_BOOK, .a = n, .b = book});
}

World *
world_new(guint32 seed)
{
	World *world = g_new0(World, 1);
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;

	test_store_set_up(&world->base, NULL);
	world->rand = g_rand_new_with_seed(seed);
	world->facts = g_array_new(FALSE, TRUE, sizeof(Fact));
	world->times = g_array_new(FALSE, TRUE, sizeof(gint64));
	CHECK(store_tx_begin(&tx, world->base.store, &test_actor, NULL, &error));
	for (int i = 0; i < WORLD_USERS; i++) {
		g_autofree char *name = g_strdup_printf("user%d", i);

		CHECK(user_add(&tx, name, name, "en", &world->users[i], &error));
	}
	for (int i = 0; i < WORLD_TEAMS; i++) {
		g_autofree char *name = g_strdup_printf("team%d", i);

		CHECK(team_add(&tx, name, &world->teams[i], &error));
	}
	for (int i = 0; i < WORLD_BOOKS; i++) {
		g_autofree char *name = g_strdup_printf("book%d", i);

		CHECK(book_add(&tx, name, "", &world->books[i], &error));
	}
	for (int i = 0; i < WORLD_CIRCLES; i++) {
		g_autofree char *name = g_strdup_printf("circle%d", i);

		CHECK(circle_add(&tx, name, &world->users[i], &world->circles[i], &error));
		world_begun(world, &tx, (Fact){.kind = FACT_INSIDE, .a = i, .b = i});
	}
	for (int i = 0; i < WORLD_CONTACTS; i++)
		make_contact(world, &tx, i);
	world_committed(world, &tx);
	for (int i = 0; i < WORLD_CIRCLES; i++)
		world->circle_rows[i] =
		    row_of(world, "SELECT id FROM circle WHERE pid = $pid", &world->circles[i]);
	for (int i = 0; i < WORLD_CONTACTS; i++)
		world->contact_rows[i] =
		    row_of(world, "SELECT id FROM contact WHERE pid = $pid", &world->contacts[i]);
	return world;
}

void
world_free(World *world)
{
	test_store_tear_down(&world->base, NULL);
	g_rand_free(world->rand);
	g_array_unref(world->facts);
	g_array_unref(world->times);
	g_free(world);
}

/* What a message says: a word that all have, and one of its own. */
static void
make_draft(World *world, int n, MessageDraft *draft)
{
	g_autoptr(Mail) mail = mail_new();
	g_autofree char *text =
	    g_strdup_printf("Subject: Letter unique%d\r\nBcc: hidden%d@x.example\r\n"
			    "\r\nA body with common words and unique%d.\r\n",
		n, n, n);
	g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));
	g_autoptr(GBytes) stored = NULL, packed = NULL;
	g_autofree char *bcc_address = g_strdup_printf("hidden%d@x.example", n);
	g_autoptr(GPtrArray) bcc = g_ptr_array_new();
	MailPart *part = mail_add_part(mail, -1, "text/plain");

	part->offset = strstr(text, "\r\n\r\n") + 4 - text;
	part->length = strlen(text) - part->offset;
	mail->body_offset = part->offset;
	mail->subject = g_strdup_printf("Letter unique%d", n);
	g_free(mail->body);
	mail->body = g_strdup_printf("A body with common words and unique%d.", n);
	mail->message_id = g_strdup_printf("m%d@x.example", n);
	mail_add_address(mail, MAIL_FROM, NULL, "a@x.example", NULL);
	mail_add_address(mail, MAIL_BCC, NULL, bcc_address, NULL);
	g_ptr_array_add(bcc, bcc_address);
	stored = record_write(mail, RECORD_STORED);
	packed = raw_pack(raw, mail, &draft->attachments);
	g_array_set_size(draft->attachments, 0);
	g_array_unref(draft->attachments);
	draft->hash_key = 1;
	memset(draft->letter.bytes, n % WORLD_LETTERS + 1, sizeof draft->letter.bytes);
	seal_random(draft->content.bytes, sizeof draft->content.bytes);
	draft->time = FAR_PAST + n * 1000;
	draft->size = (gint64)strlen(text);
	draft->flags = world->private[n] ? MESSAGE_PRIVATE : 0;
	draft->summary = summary_write(mail, bcc);
	message_draft_pack(draft, packed, stored);
	draft->references = g_array_new(FALSE, FALSE, sizeof(MessageHash));
	draft->attachments = g_array_new(FALSE, FALSE, sizeof(MessageAttachment));
}

void
world_add_message(World *world)
{
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	int n = world->n_messages++;
	MessageDraft draft = {0};

	world->private[n] = world_pick(world, 8) == 0;
	make_draft(world, n, &draft);
	CHECK(store_tx_begin(&tx, world->base.store, &test_actor, NULL, &error));
	CHECK(message_add(&tx, &draft, &world->messages[n], &error));
	for (int i = world_pick(world, 3); i > 0; i--)
		world_add_participant(world, &tx, n);
	for (int i = world_pick(world, 3); i > 0; i--)
		world_add_filing(world, &tx, n, world_pick(world, WORLD_CONTACTS));
	world_committed(world, &tx);
	world->messages[n].fresh = false;
	g_bytes_unref(draft.summary);
	g_bytes_unref(draft.body);
	g_array_unref(draft.references);
	g_array_unref(draft.attachments);
}
