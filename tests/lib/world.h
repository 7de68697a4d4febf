/*
 * world: a small random company in a real store, beside a plain list of facts by which a slow model says
 * who may see what. The model is written from the rule, not from the SQL:
 *
 *   a contact: "see" on a book it is in, and inside all circles that it is in;
 *   a message: inside all circles that it is in, and one of: takes part himself; a team of his does; "history" on
 *   a book of a contact that it is filed under, the filing open, the contact's circles his, the message not private;
 *   somebody takes part whose correspondence was handed over to him (or to his team), within its book if it names
 *   one, the message not private. Who has left sees nothing.
 */
#pragma once

#include "rules/session.h"
#include "store/message.h"
#include "tests/lib/store.h"

#define WORLD_USERS 6
#define WORLD_TEAMS 3
#define WORLD_BOOKS 4
#define WORLD_CIRCLES 2
#define WORLD_CONTACTS 8
#define WORLD_MESSAGES 60
#define WORLD_LETTERS 50 /* messages with equal (n % WORLD_LETTERS) are versions of one letter */

typedef enum {
	FACT_LEFT,           /* a user */
	FACT_MEMBER,         /* a of team b */
	FACT_GRANT,          /* on book a, to b (team: flag), right c */
	FACT_INSIDE,         /* user a of circle b */
	FACT_CONTACT_CIRCLE, /* contact a in circle b */
	FACT_MESSAGE_CIRCLE, /* message a in circle b */
	FACT_BOOK,           /* contact a in book b */
	FACT_PART,           /* b (team: flag) takes part in message a */
	FACT_FILED,          /* message a under contact b */
	FACT_HANDOVER,       /* of user a to b (team: flag), book c or -1 */
} FactKind;

typedef struct {
	FactKind kind;
	int a, b, c;
	bool flag;
	gint64 from, until; /* open_from; planned end (0: none) */
	gint64 begin, end;  /* revisions; end 0: holds */
	Id id;              /* of a grant or hand-over */
} Fact;

typedef struct {
	TestStore base;
	GRand *rand;
	GArray *facts; /* Fact */
	GArray *times; /* gint64: time of revision i, 0 for those of the store's own */
	Id users[WORLD_USERS], teams[WORLD_TEAMS], books[WORLD_BOOKS], circles[WORLD_CIRCLES];
	gint64 circle_rows[WORLD_CIRCLES], contact_rows[WORLD_CONTACTS];
	Id contacts[WORLD_CONTACTS];
	MessageRow messages[WORLD_MESSAGES];
	bool private[WORLD_MESSAGES];
	int n_messages;
} World;

World *world_new(guint32 seed);
void world_free(World *world);

/* One random change by the store's own functions, or none. Time: a second later than the one before. */
void world_change(World *world);
void world_add_message(World *world);

/* revision: 0 for now. */
bool world_sees_contact(const World *world, int user, int contact, gint64 revision, gint64 time);
bool world_sees_message(const World *world, int user, int message, gint64 revision, gint64 time);
bool world_is_filed(const World *world, int message, int contact);

/* A session for a user, NULL for one who has left. */
Session *world_session(World *world, int user);

/* For the parts of the world itself. */
#define FAR_PAST (G_GINT64_CONSTANT(1) << 40)   /* 2004 */
#define FAR_FUTURE (G_GINT64_CONSTANT(1) << 42) /* 2109 */
int world_pick(World *world, int n);
bool world_holds(const Fact *fact, gint64 revision, gint64 time);
void world_begun(World *world, StoreTx *tx, Fact fact);
void world_committed(World *world, StoreTx *tx);
void world_add_filing(World *world, StoreTx *tx, int message, int contact);
void world_add_participant(World *world, StoreTx *tx, int message);

#define EACH(world, fact, k, revision, time)                                                       \
	for (const Fact *fact = (const Fact *)(world)->facts->data;                                \
	     fact < (const Fact *)(world)->facts->data + (world)->facts->len; fact++)              \
		if (fact->kind == (k) && world_holds(fact, revision, time))

#define CHECK(call)                                                                                \
	G_STMT_START                                                                               \
	{                                                                                          \
		bool check_ok = (call);                                                            \
		g_assert_no_error(error);                                                          \
		g_assert_true(check_ok);                                                           \
	}                                                                                          \
	G_STMT_END

/* Everything is in the index. */
void world_index(World *world);
