#include "tests/lib/world.h"

int
world_pick(World *world, int n)
{
	return g_rand_int_range(world->rand, 0, n);
}

bool
world_holds(const Fact *fact, gint64 revision, gint64 time)
{
	if (revision == 0 ? fact->end != 0 : fact->begin > revision)
		return false;
	if (revision != 0 && fact->end != 0 && fact->end <= revision)
		return false;
	return fact->until == 0 || fact->until > time;
}

static bool
is_member(const World *world, int user, int team, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_MEMBER, revision, time)
	if (fact->a == user && fact->b == team)
		return true;
	return false;
}

static bool
is_inside(const World *world, int user, FactKind kind, int object, gint64 revision, gint64 time)
{
	EACH(world, fact, kind, revision, time)
	{
		bool inside = false;

		if (fact->a != object)
			continue;
		EACH(world, member, FACT_INSIDE, revision, time)
		inside = inside || (member->a == user && member->b == fact->b);
		if (!inside)
			return false;
	}
	return true;
}

static bool
has_left(const World *world, int user, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_LEFT, revision, time)
	if (fact->a == user)
		return true;
	return false;
}

static bool
has_right(const World *world, int user, int book, int right, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_GRANT, revision, time)
	{
		if (fact->a != book || fact->c != right)
			continue;
		if (fact->flag ? is_member(world, user, fact->b, revision, time) : fact->b == user)
			return true;
	}
	return false;
}

static bool
has_right_on_contact(
    const World *world, int user, int contact, int right, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_BOOK, revision, time)
	if (fact->a == contact && has_right(world, user, fact->b, right, revision, time))
		return true;
	return false;
}

bool
world_sees_contact(const World *world, int user, int contact, gint64 revision, gint64 time)
{
	return !has_left(world, user, revision, time) &&
	       has_right_on_contact(world, user, contact, RIGHT_SEE, revision, time) &&
	       is_inside(world, user, FACT_CONTACT_CIRCLE, contact, revision, time);
}

static bool
takes_part(const World *world, int user, int message, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_PART, revision, time)
	if (fact->a == message &&
	    (fact->flag ? is_member(world, user, fact->b, revision, time) : fact->b == user))
		return true;
	return false;
}

static bool
by_history(const World *world, int user, int message, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_FILED, revision, time)
	if (fact->a == message && fact->from <= time &&
	    has_right_on_contact(world, user, fact->b, RIGHT_HISTORY, revision, time) &&
	    is_inside(world, user, FACT_CONTACT_CIRCLE, fact->b, revision, time))
		return true;
	return false;
}

static bool
in_scope(const World *world, int message, int book, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_FILED, revision, time)
	{
		if (fact->a != message)
			continue;
		EACH(world, place, FACT_BOOK, revision, time)
		if (place->a == fact->b && place->b == book)
			return true;
	}
	return false;
}

static bool
by_handover(const World *world, int user, int message, gint64 revision, gint64 time)
{
	EACH(world, fact, FACT_HANDOVER, revision, time)
	{
		if (!(fact->flag ? is_member(world, user, fact->b, revision, time)
				 : fact->b == user))
			continue;
		if (fact->c >= 0 && !in_scope(world, message, fact->c, revision, time))
			continue;
		EACH(world, part, FACT_PART, revision, time)
		if (!part->flag && part->a == message && part->b == fact->a)
			return true;
	}
	return false;
}

bool
world_sees_message(const World *world, int user, int message, gint64 revision, gint64 time)
{
	return !has_left(world, user, revision, time) &&
	       is_inside(world, user, FACT_MESSAGE_CIRCLE, message, revision, time) &&
	       (takes_part(world, user, message, revision, time) ||
		   (!world->private[message] &&
		       (by_history(world, user, message, revision, time) ||
			   by_handover(world, user, message, revision, time))));
}

bool
world_is_filed(const World *world, int message, int contact)
{
	EACH(world, fact, FACT_FILED, 0, 0)
	if (fact->a == message && fact->b == contact)
		return true;
	return false;
}
