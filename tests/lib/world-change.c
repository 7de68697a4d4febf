#include "tests/lib/world.h"

#include "rules/index.h"
#include "store/circle.h"
#include "store/contact.h"
#include "store/filing.h"
#include "store/grant.h"
#include "store/handover.h"
#include "store/team.h"
#include "store/user.h"

void
world_add_filing(World *world, StoreTx *tx, int message, int contact)
{
	static const gint64 moments[] = {0, FAR_PAST, FAR_FUTURE, FILING_OPEN_NEVER};
	g_autoptr(GError) error = NULL;
	Filing filing = {.contact = world->contacts[contact],
	    .reason = FILING_ADDRESS,
	    .open_from = moments[world_pick(world, 4)]};

	if (world_is_filed(world, message, contact))
		return;
	CHECK(filing_add(tx, &world->messages[message], &filing, NULL, &error));
	world_begun(world, tx,
	    (Fact){.kind = FACT_FILED, .a = message, .b = contact, .from = filing.open_from});
}

void
world_add_participant(World *world, StoreTx *tx, int message)
{
	g_autoptr(GError) error = NULL;
	static const Id none;
	bool team = world_pick(world, 4) == 0;
	int who = world_pick(world, team ? WORLD_TEAMS : WORLD_USERS);
	ParticipantSide side = (ParticipantSide)(PARTICIPANT_SENDER + world_pick(world, 3));

	EACH(world, fact, FACT_PART, 0, 0)
	if (fact->a == message && fact->flag == team && fact->b == who)
		return;
	CHECK(message_add_participant(tx, &world->messages[message],
	    team ? &none : &world->users[who], team ? &world->teams[who] : &none, side, &error));
	world_begun(
	    world, tx, (Fact){.kind = FACT_PART, .a = message, .b = who, .c = side, .flag = team});
}

/* The fact of that kind that holds and matches, or NULL. b -1: any. */
static Fact *
find(World *world, FactKind kind, int a, int b)
{
	for (guint i = 0; i < world->facts->len; i++) {
		Fact *fact = &g_array_index(world->facts, Fact, i);

		if (fact->kind == kind && fact->end == 0 && fact->a == a && (b < 0 || fact->b == b))
			return fact;
	}
	return NULL;
}

static Fact *
find_any(World *world, FactKind kind)
{
	guint offset = (guint)world_pick(world, (int)world->facts->len);

	for (guint i = 0; i < world->facts->len; i++) {
		Fact *fact = &g_array_index(world->facts, Fact, (i + offset) % world->facts->len);

		if (fact->kind == kind && fact->end == 0)
			return fact;
	}
	return NULL;
}

static void
ended(StoreTx *tx, Fact *fact)
{
	fact->end = store_tx_revision(tx, NULL);
}

static gint64
some_until(World *world)
{
	static const gint64 moments[] = {0, 0, FAR_PAST, FAR_FUTURE};

	return moments[world_pick(world, 4)];
}

static void
change_left(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	int user = world_pick(world, WORLD_USERS);
	Fact *fact = find(world, FACT_LEFT, user, -1);

	CHECK(user_set_state(
	    tx, &world->users[user], fact != NULL ? USER_ACTIVE : USER_LEFT, 0, &error));
	if (fact != NULL)
		ended(tx, fact);
	else
		world_begun(world, tx, (Fact){.kind = FACT_LEFT, .a = user});
}

static void
change_member(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	int user = world_pick(world, WORLD_USERS), team = world_pick(world, WORLD_TEAMS);
	Fact *fact = find(world, FACT_MEMBER, user, team);
	gint64 until = some_until(world);

	if (fact != NULL) {
		CHECK(team_leave(tx, &world->teams[team], &world->users[user], &error));
		ended(tx, fact);
		return;
	}
	CHECK(team_join(tx, &world->teams[team], &world->users[user], until, &error));
	world_begun(world, tx, (Fact){.kind = FACT_MEMBER, .a = user, .b = team, .until = until});
}

static void
change_grant(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	bool team = world_pick(world, 3) == 0;
	Fact fact = {.kind = FACT_GRANT,
	    .a = world_pick(world, WORLD_BOOKS),
	    .b = world_pick(world, team ? WORLD_TEAMS : WORLD_USERS),
	    .c = RIGHT_SEE + world_pick(world, 3),
	    .flag = team,
	    .until = some_until(world)};

	for (guint i = 0; i < world->facts->len; i++) {
		Fact *old = &g_array_index(world->facts, Fact, i);

		if (old->kind == FACT_GRANT && old->end == 0 && old->a == fact.a &&
		    old->b == fact.b && old->c == fact.c && old->flag == team) {
			CHECK(grant_end(tx, &old->id, &error));
			ended(tx, old);
			return;
		}
	}
	CHECK(grant_add(tx, &world->books[fact.a],
	    team ? &world->teams[fact.b] : &world->users[fact.b], team, (Right)fact.c, fact.until,
	    &fact.id, &error));
	world_begun(world, tx, fact);
}

static void
change_inside(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	int user = world_pick(world, WORLD_USERS), circle = world_pick(world, WORLD_CIRCLES);
	Fact *fact = find(world, FACT_INSIDE, user, circle);
	gint64 until = some_until(world);

	if (fact != NULL) {
		CHECK(circle_leave(tx, &world->circles[circle], &world->users[user], &error));
		ended(tx, fact);
		return;
	}
	CHECK(circle_join(tx, &world->circles[circle], &world->users[user], until, &error));
	world_begun(world, tx, (Fact){.kind = FACT_INSIDE, .a = user, .b = circle, .until = until});
}

/* By a member who sees the object: the system's eye is in every circle. */
static void
change_circled(World *world, StoreTx *tx, FactKind kind, ObjectKind object, int n, const Id *id)
{
	g_autoptr(GError) error = NULL;
	int circle = world_pick(world, WORLD_CIRCLES);
	Fact *fact = find(world, kind, n, circle);

	for (int user = 0; user < WORLD_USERS; user++) {
		g_autoptr(Session) session = NULL;
		bool sees = kind == FACT_CONTACT_CIRCLE
				? world_sees_contact(world, user, n, 0, tx->now)
				: world_sees_message(world, user, n, 0, tx->now);

		if (!sees || find(world, FACT_INSIDE, user, circle) == NULL ||
		    find(world, FACT_INSIDE, user, circle)->until != 0)
			continue;
		session = world_session(world, user);
		if (fact != NULL) {
			CHECK(circle_take(
			    tx, session->viewer, &world->circles[circle], object, id, &error));
			ended(tx, fact);
		} else {
			CHECK(circle_put(
			    tx, session->viewer, &world->circles[circle], object, id, &error));
			world_begun(world, tx, (Fact){.kind = kind, .a = n, .b = circle});
		}
		return;
	}
}

static void
change_book(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	int contact = world_pick(world, WORLD_CONTACTS), book = world_pick(world, WORLD_BOOKS);
	Fact *fact = find(world, FACT_BOOK, contact, book);
	guint in = 0;

	for (int i = 0; i < WORLD_BOOKS; i++)
		in += find(world, FACT_BOOK, contact, i) != NULL;
	if (fact != NULL && in == 1)
		return;
	if (fact != NULL) {
		CHECK(
		    contact_leave_book(tx, &world->contacts[contact], &world->books[book], &error));
		ended(tx, fact);
		return;
	}
	CHECK(contact_enter_book(tx, &world->contacts[contact], &world->books[book], &error));
	world_begun(world, tx, (Fact){.kind = FACT_BOOK, .a = contact, .b = book});
}

static void
change_filing(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	int message = world_pick(world, world->n_messages);
	int contact = world_pick(world, WORLD_CONTACTS);
	Fact *fact = find(world, FACT_FILED, message, contact);

	if (fact == NULL) {
		world_add_filing(world, tx, message, contact);
		return;
	}
	CHECK(filing_end(tx, &world->messages[message], &world->contacts[contact], NULL, &error));
	ended(tx, fact);
}

static void
change_handover(World *world, StoreTx *tx)
{
	g_autoptr(GError) error = NULL;
	static const Id none;
	Fact *old = find_any(world, FACT_HANDOVER);
	bool team = world_pick(world, 3) == 0;
	Fact fact = {.kind = FACT_HANDOVER,
	    .a = world_pick(world, WORLD_USERS),
	    .b = world_pick(world, team ? WORLD_TEAMS : WORLD_USERS),
	    .c = world_pick(world, WORLD_BOOKS + 1) - 1,
	    .flag = team,
	    .until = some_until(world)};
	Handover handover;

	if (old != NULL && world_pick(world, 2) == 0) {
		CHECK(handover_end(tx, &old->id, &error));
		ended(tx, old);
		return;
	}
	if (!team && fact.a == fact.b)
		return;
	handover = (Handover){.from = world->users[fact.a],
	    .to = team ? world->teams[fact.b] : world->users[fact.b],
	    .team = team,
	    .book = fact.c >= 0 ? world->books[fact.c] : none,
	    .until = fact.until};
	CHECK(handover_add(tx, &handover, &fact.id, &error));
	world_begun(world, tx, fact);
}

void
world_change(World *world)
{
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	int contact = world_pick(world, WORLD_CONTACTS);
	int message = world_pick(world, world->n_messages);

	CHECK(store_tx_begin(&tx, world->base.store, &test_actor, NULL, &error));
	switch (world_pick(world, 14)) {
	case 0:
		change_left(world, &tx);
		break;
	case 1:
	case 2:
		change_member(world, &tx);
		break;
	case 3:
		change_inside(world, &tx);
		break;
	case 4:
		change_circled(world, &tx, FACT_CONTACT_CIRCLE, OBJECT_CONTACT, contact,
		    &world->contacts[contact]);
		break;
	case 5:
		change_circled(world, &tx, FACT_MESSAGE_CIRCLE, OBJECT_MESSAGE, message,
		    &world->messages[message].id);
		break;
	case 6:
		change_book(world, &tx);
		break;
	case 7:
	case 8:
		change_filing(world, &tx);
		break;
	case 9:
		world_add_participant(world, &tx, message);
		break;
	case 10:
		change_handover(world, &tx);
		break;
	default:
		change_grant(world, &tx);
	}
	world_committed(world, &tx);
}

Session *
world_session(World *world, int user)
{
	g_autoptr(GError) error = NULL;
	Actor actor = {.kind = ACTOR_USER, .user = world->users[user]};
	Session *session = session_new(world->base.store, &actor, SURFACE_PAGE, &error);

	if (session == NULL)
		g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	return session;
}

void
world_index(World *world)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_new_daemon(world->base.store, &error);

	g_assert_no_error(error);
	for (bool more = true; more;)
		CHECK(index_catch_up(session, NULL, 1000, &more, &error));
}
