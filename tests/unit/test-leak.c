/*
 * Who sees what by every way of reading, compared with the model of tests/lib/world.h over all pairs.
 */
#include "tests/lib/world.h"

#include "base/clock.h"
#include "rules/history.h"
#include "rules/rights.h"
#include "rules/search.h"
#include "rules/view.h"

#include <string.h>

#define ROUNDS 12
#define CHANGES 14 /* between two looks */

static int
message_number(const World *world, const Id *id)
{
	for (int i = 0; i < world->n_messages; i++)
		if (id_equal(&world->messages[i].id, id))
			return i;
	g_assert_not_reached();
}

static void
assert_not_there(gboolean seen, const GError *error)
{
	g_assert_false(seen);
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
}

/* The message itself: text, part, HTML, source, by each its own way. */
static void
check_view(World *world, Session *session, int user, int n, bool seen)
{
	const Id *id = &world->messages[n].id;
	g_autoptr(GError) view_error = NULL, part_error = NULL, html_error = NULL,
			  source_error = NULL;
	g_autoptr(View) view = view_open(session, id, &view_error);
	g_autoptr(GBytes) part = view_part(session, id, 0, NULL, &part_error);
	g_autofree char *html = view_html(session, id, &html_error);
	g_autoptr(GBytes) source = view_source(session, id, &source_error);
	g_autofree char *text = NULL;

	g_assert_null(html); /* it has none */
	if (!seen) {
		assert_not_there(view != NULL, view_error);
		assert_not_there(part != NULL, part_error);
		assert_not_there(source != NULL, source_error);
		g_assert_cmpstr(html_error->message, ==, view_error->message);
		return;
	}
	g_assert_no_error(view_error);
	g_assert_no_error(part_error);
	g_assert_no_error(source_error);
	for (guint i = 0; i < view->versions->len; i++)
		g_assert_true(world_sees_message(world, user,
		    message_number(world, &((HistoryLine *)view->versions->pdata[i])->message), 0,
		    clock_ms()));
	/* Bcc, in the people, in the parsed form, in the line and in the source. */
	text = g_strndup(g_bytes_get_data(source, NULL), g_bytes_get_size(source));
	g_assert_true((strstr(text, "hidden") != NULL) == view->sender_side);
	g_assert_true((mail_first_address(view->mail, MAIL_BCC) != NULL) == view->sender_side);
	g_assert_true((view->line->summary->bcc->len > 0) == view->sender_side);
	for (guint i = 0; i < view->people->len; i++)
		g_assert_true(
		    view->sender_side ||
		    strstr(((ViewPerson *)view->people->pdata[i])->address, "hidden") == NULL);
}

static bool
is_sender_side(const World *world, int user, int message)
{
	EACH(world, fact, FACT_PART, 0, 0)
	{
		if (fact->a != message || fact->c != PARTICIPANT_SENDER)
			continue;
		if (!fact->flag && fact->b == user)
			return true;
		EACH(world, member, FACT_MEMBER, 0, clock_ms())
		if (fact->flag && member->a == user && member->b == fact->b)
			return true;
	}
	return false;
}

/* All that a search gives, page by page; found[n] is set for each message. */
static guint
search(World *world, Session *session, const char *query, bool *found)
{
	g_autofree char *cursor = NULL;
	guint count = 0;

	memset(found, 0, WORLD_MESSAGES * sizeof *found);
	do {
		g_autoptr(GError) error = NULL;
		g_autoptr(SearchPage) page = search_all(session, query, cursor, 7, &error);

		g_assert_no_error(error);
		for (guint i = 0; i < page->mail->len; i++) {
			const SearchHit *hit = page->mail->pdata[i];
			int n = message_number(world, &hit->line->message);

			g_assert_false(found[n]);
			found[n] = true;
			g_assert_nonnull(strstr(hit->snippet, "common"));
			count++;
		}
		g_free(cursor);
		cursor = g_strdup(page->next);
		g_assert_true(page->more == (cursor != NULL));
	} while (cursor != NULL);
	return count;
}

static void
check_search(World *world, Session *session, const bool *seen)
{
	bool found[WORLD_MESSAGES], again[WORLD_MESSAGES];

	search(world, session, "common", found);
	for (int n = 0; n < world->n_messages; n++) {
		g_autofree char *unique = g_strdup_printf("unique%d common", n);
		g_autofree char *blind = g_strdup_printf("hidden%d", n);
		g_autoptr(SearchPage) page = search_all(session, blind, NULL, 50, NULL);

		if (found[n] != seen[n])
			g_test_message("message %d is %s", n, seen[n] ? "missing" : "found");
		g_assert_true(found[n] == seen[n]);
		g_assert_cmpint(search(world, session, unique, again), ==, seen[n] ? 1 : 0);
		g_assert_cmpint(page->mail->len, ==, 0); /* Bcc is in no index */
	}
}

/* The version that a history shows of a letter is the newest that is filed there and visible. */
static bool
is_folded(const World *world, const bool *seen, int contact, int n)
{
	for (int m = n + 1; m < world->n_messages; m++)
		if (m % WORLD_LETTERS == n % WORLD_LETTERS && seen[m] &&
		    world_is_filed(world, m, contact))
			return true;
	return false;
}

static void
check_history(World *world, Session *session, int user, int contact, const bool *seen)
{
	bool found[WORLD_MESSAGES] = {false}, sees;
	g_autofree char *cursor = NULL;
	int last = G_MAXINT;

	sees = world_sees_contact(world, user, contact, 0, clock_ms());
	do {
		g_autoptr(GError) error = NULL;
		g_autoptr(HistoryPage) page =
		    history_open(session, &world->contacts[contact], cursor, 5, &error);

		if (!sees) {
			assert_not_there(page != NULL, error);
			return;
		}
		g_assert_no_error(error);
		for (guint i = 0; i < page->lines->len; i++) {
			const HistoryLine *line = page->lines->pdata[i];
			int n = message_number(world, &line->message);

			g_assert_cmpint(n, <, last); /* newest first */
			last = n;
			found[n] = true;
			g_assert_true(
			    (line->summary->bcc->len > 0) == is_sender_side(world, user, n));
		}
		g_free(cursor);
		cursor = g_strdup(page->next);
	} while (cursor != NULL);
	for (int n = 0; n < world->n_messages; n++)
		g_assert_true(found[n] == (seen[n] && world_is_filed(world, n, contact) &&
					      !is_folded(world, seen, contact, n)));
}

static void
check_user(World *world, int user)
{
	g_autoptr(Session) session = world_session(world, user);
	bool seen[WORLD_MESSAGES];

	for (int n = 0; n < world->n_messages; n++)
		seen[n] = world_sees_message(world, user, n, 0, clock_ms());
	if (session == NULL) {
		for (int n = 0; n < world->n_messages; n++)
			g_assert_false(seen[n]);
		return;
	}
	for (int n = 0; n < world->n_messages; n++)
		check_view(world, session, user, n, seen[n]);
	check_search(world, session, seen);
	for (int contact = 0; contact < WORLD_CONTACTS; contact++)
		check_history(world, session, user, contact, seen);
}

/* Every pair at moments of the past. */
static void
check_past(World *world, guint looks)
{
	for (guint i = 0; i < looks; i++) {
		gint64 revision = 1 + world_pick(world, (int)world->times->len - 1);
		gint64 time = g_array_index(world->times, gint64, revision);

		if (time == 0)
			continue;
		for (int user = 0; user < WORLD_USERS; user++) {
			g_autoptr(GError) error = NULL;
			g_autoptr(Viewer) viewer = rights_viewer(
			    world->base.store, &world->users[user], revision, 0, &error);

			g_assert_no_error(error);
			for (int n = 0; n < world->n_messages; n++) {
				bool seen = visible_message_check(
				    world->base.store, viewer, &world->messages[n].id, NULL);

				g_assert_true(
				    seen == world_sees_message(world, user, n, revision, time));
			}
		}
	}
}

static void
run_world(guint32 seed)
{
	World *world = world_new(seed);

	g_test_message("world %u", seed);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < WORLD_MESSAGES / ROUNDS; i++)
			world_add_message(world);
		for (int i = 0; i < CHANGES; i++)
			world_change(world);
		world_index(world);
		if (round % 3 == 2)
			for (int user = 0; user < WORLD_USERS; user++)
				check_user(world, user);
	}
	check_past(world, 10);
	world_free(world);
}

static void
test_worlds(void)
{
	guint32 first = (guint32)g_test_rand_int();

	run_world(1);
	for (guint32 i = 0; i < (g_test_thorough() ? 20 : 2); i++)
		run_world(first + i);
}

/* A cursor belongs to the viewer and to the list that it was given for. */
static void
test_cursor(void)
{
	World *world = world_new(7);
	g_autoptr(GError) error = NULL;
	g_autoptr(SearchPage) page = NULL, other = NULL;
	g_autoptr(HistoryPage) history = NULL;
	Session *sessions[2];

	for (int i = 0; i < WORLD_MESSAGES; i++)
		world_add_message(world);
	world_index(world);
	sessions[0] = world_session(world, 0);
	sessions[1] = world_session(world, 1);
	page = search_all(sessions[0], "common", NULL, 1, &error);
	g_assert_no_error(error);
	g_assert_nonnull(page->next);
	other = search_all(sessions[1], "common", page->next, 50, &error);
	g_assert_null(other);
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	other = search_all(sessions[0], "body", page->next, 50, &error);
	g_assert_null(other);
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	history = history_open(sessions[0], &world->contacts[0], page->next, 50, &error);
	g_assert_null(history);
	g_assert_nonnull(error);
	session_free(sessions[0]);
	session_free(sessions[1]);
	world_free(world);
}

/* A lost index comes back by itself; what it finds is the same. */
static void
test_lost(void)
{
	World *world = world_new(11);
	g_autoptr(GError) error = NULL;

	for (int i = 0; i < WORLD_MESSAGES; i++)
		world_add_message(world);
	for (int i = 0; i < 60; i++)
		world_change(world);
	world_index(world);
	CHECK(search_index_reset(world->base.store, &error));
	world_index(world);
	for (int user = 0; user < WORLD_USERS; user++)
		check_user(world, user);
	/* Left over from other records: the same numbers, other messages. */
	CHECK(db_exec(world->base.store, DB_SEARCH,
	    "UPDATE progress SET value = value + 1 WHERE name = 'witness'", &error));
	CHECK(db_exec(world->base.store, DB_SEARCH,
	    "UPDATE mail_row SET message_id = message_id + 1000", &error));
	world_index(world);
	for (int user = 0; user < WORLD_USERS; user++)
		check_user(world, user);
	world_free(world);
}

/* Nothing that is typed breaks the index's language or finds what isn't visible. */
static void
test_hostile(void)
{
	static const char *const parts[] = {"\"", "'", "(", ")", "*", "^", "-", "+", ":", "OR",
	    "AND", "NOT", "NEAR", "who:", "flag:", "{", "}", ",", "\xee\x80\x80", "u1", "b1", "k1",
	    "a", "common", " ", " ", "from:", "has:attachment", "before:2030", "č", "\xff", "\n",
	    ";", "unique1"};
	World *world = world_new(3);
	Session *session = NULL;

	for (int i = 0; i < WORLD_MESSAGES / 2; i++)
		world_add_message(world);
	world_index(world);
	session = world_session(world, 5);
	for (int i = 0; i < 3000; i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(SearchPage) page = NULL;

		for (int j = world_pick(world, 12); j >= 0; j--)
			g_string_append(text, parts[world_pick(world, G_N_ELEMENTS(parts))]);
		page = search_all(session, text->str, NULL, 50, &error);
		if (page == NULL)
			g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		for (guint j = 0; page != NULL && j < page->mail->len; j++) {
			const SearchHit *hit = page->mail->pdata[j];

			g_assert_true(world_sees_message(
			    world, 5, message_number(world, &hit->line->message), 0, clock_ms()));
		}
	}
	session_free(session);
	world_free(world);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/leak/worlds", test_worlds);
	g_test_add_func("/leak/cursor", test_cursor);
	g_test_add_func("/leak/lost", test_lost);
	g_test_add_func("/leak/hostile", test_hostile);
	return g_test_run();
}
