#include "imapsync/uidset.h"

#include "base/error.h"

#include <string.h>

struct UidSet {
	GArray *ranges; /* of UidRange */
	bool ragged;    /* something was added since they were sorted and joined */
};

UidSet *
uidset_new(void)
{
	UidSet *set = g_new0(UidSet, 1);

	set->ranges = g_array_new(FALSE, FALSE, sizeof(UidRange));
	return set;
}

void
uidset_free(UidSet *set)
{
	if (set == NULL)
		return;
	g_array_unref(set->ranges);
	g_free(set);
}

static UidRange *
at(const UidSet *set, guint i)
{
	return &g_array_index(set->ranges, UidRange, i);
}

static int
compare_ranges(gconstpointer a, gconstpointer b)
{
	const UidRange *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorted, and no two that touch. What a set promises to its readers: a change that nobody sees. */
static void
tidy(const UidSet *const_set)
{
	UidSet *set = (UidSet *)const_set;
	guint kept = 0;

	if (!set->ragged)
		return;
	set->ragged = false;
	g_array_sort(set->ranges, compare_ranges);
	for (guint i = 1; i < set->ranges->len; i++) {
		if (at(set, i)->first <= at(set, kept)->last ||
		    at(set, i)->first == at(set, kept)->last + 1)
			at(set, kept)->last = MAX(at(set, kept)->last, at(set, i)->last);
		else
			*at(set, ++kept) = *at(set, i);
	}
	g_array_set_size(set->ranges, kept + 1);
}

UidSet *
uidset_copy(const UidSet *set)
{
	UidSet *copy = uidset_new();

	uidset_add_set(copy, set);
	return copy;
}

void
uidset_add(UidSet *set, guint32 uid)
{
	uidset_add_range(set, uid, uid);
}

void
uidset_add_range(UidSet *set, guint32 first, guint32 last)
{
	UidRange range = {MAX(first, 1), last};
	UidRange *end = set->ranges->len > 0 ? at(set, set->ranges->len - 1) : NULL;

	if (range.first > range.last)
		return;
	/* The usual case: one after the other, upwards. */
	if (end != NULL && range.first > end->last && range.first - 1 == end->last) {
		end->last = range.last;
		return;
	}
	set->ragged = set->ragged || (end != NULL && range.first <= end->last);
	g_array_append_val(set->ranges, range);
}

void
uidset_add_set(UidSet *set, const UidSet *other)
{
	tidy(other);
	if (other->ranges->len == 0)
		return;
	g_array_append_vals(set->ranges, other->ranges->data, other->ranges->len);
	set->ragged = true;
}

void
uidset_remove(UidSet *set, guint32 uid)
{
	g_autoptr(UidSet) one = uidset_new();

	uidset_add(one, uid);
	uidset_remove_set(set, one);
}

/* What is in a and, with both, in b as well; otherwise what is in a and not in b. */
static GArray *
combine(const UidSet *a, const UidSet *b, bool both)
{
	GArray *ret = g_array_new(FALSE, FALSE, sizeof(UidRange));

	tidy(a);
	tidy(b);
	for (guint i = 0, j = 0; i < a->ranges->len; i++) {
		UidRange rest = *at(a, i);
		bool open = true;

		while (j < b->ranges->len && at(b, j)->last < rest.first)
			j++;
		for (guint k = j; open && k < b->ranges->len && at(b, k)->first <= rest.last; k++) {
			UidRange before = {rest.first, at(b, k)->first - 1};
			UidRange inside = {
			    MAX(rest.first, at(b, k)->first), MIN(rest.last, at(b, k)->last)};

			if (both)
				g_array_append_val(ret, inside);
			else if (before.first <= before.last && at(b, k)->first > rest.first)
				g_array_append_val(ret, before);
			open = inside.last < rest.last;
			rest.first = inside.last + 1;
		}
		if (open && !both)
			g_array_append_val(ret, rest);
	}
	return ret;
}

static void
replace(UidSet *set, GArray *ranges)
{
	g_array_unref(set->ranges);
	set->ranges = ranges;
}

void
uidset_remove_set(UidSet *set, const UidSet *other)
{
	replace(set, combine(set, other, false));
}

void
uidset_intersect(UidSet *set, const UidSet *other)
{
	replace(set, combine(set, other, true));
}

void
uidset_clear(UidSet *set)
{
	g_array_set_size(set->ranges, 0);
	set->ragged = false;
}

bool
uidset_contains(const UidSet *set, guint32 uid)
{
	guint low = 0, high;

	tidy(set);
	high = set->ranges->len;
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (uid > at(set, middle)->last)
			low = middle + 1;
		else if (uid < at(set, middle)->first)
			high = middle;
		else
			return true;
	}
	return false;
}

guint64
uidset_count(const UidSet *set)
{
	guint64 count = 0;

	tidy(set);
	for (guint i = 0; i < set->ranges->len; i++)
		count += (guint64)at(set, i)->last - at(set, i)->first + 1;
	return count;
}

bool
uidset_is_empty(const UidSet *set)
{
	return set->ranges->len == 0;
}

guint32
uidset_min(const UidSet *set)
{
	tidy(set);
	return set->ranges->len > 0 ? at(set, 0)->first : 0;
}

guint32
uidset_max(const UidSet *set)
{
	tidy(set);
	return set->ranges->len > 0 ? at(set, set->ranges->len - 1)->last : 0;
}

const UidRange *
uidset_ranges(const UidSet *set, guint *count)
{
	tidy(set);
	*count = set->ranges->len;
	return (const UidRange *)(const void *)set->ranges->data;
}

UidSet *
uidset_take_first(UidSet *set, guint count)
{
	UidSet *taken = uidset_new();
	guint used = 0;

	tidy(set);
	while (count > 0 && used < set->ranges->len) {
		UidRange *range = at(set, used);
		guint32 last =
		    range->last - range->first < count ? range->last : range->first + count - 1;

		uidset_add_range(taken, range->first, last);
		count -= last - range->first + 1;
		if (last == range->last)
			used++;
		else
			range->first = last + 1;
	}
	g_array_remove_range(set->ranges, 0, used);
	return taken;
}

UidSet *
uidset_take_last(UidSet *set, guint count)
{
	UidSet *taken = uidset_new();

	tidy(set);
	while (count > 0 && set->ranges->len > 0) {
		UidRange *range = at(set, set->ranges->len - 1);
		guint32 first =
		    range->last - range->first < count ? range->first : range->last - count + 1;

		uidset_add_range(taken, first, range->last);
		count -= range->last - first + 1;
		if (first == range->first)
			g_array_set_size(set->ranges, set->ranges->len - 1);
		else
			range->last = first - 1;
	}
	return taken;
}

char *
uidset_text(const UidSet *set)
{
	GString *text = g_string_new(NULL);

	tidy(set);
	for (guint i = 0; i < set->ranges->len; i++) {
		g_string_append_printf(text, "%s%u", i > 0 ? "," : "", at(set, i)->first);
		if (at(set, i)->last != at(set, i)->first)
			g_string_append_printf(text, ":%u", at(set, i)->last);
	}
	return g_string_free(text, FALSE);
}

static bool
parse_uid(const char **p, guint32 *ret)
{
	guint64 n = 0;
	const char *begin = *p;

	while (g_ascii_isdigit(**p) && n <= G_MAXUINT32)
		n = n * 10 + (guint64)(*(*p)++ - '0');
	*ret = (guint32)n;
	return *p != begin && n > 0 && n <= G_MAXUINT32;
}

UidSet *
uidset_parse(const char *text, gsize max_ranges, GError **error)
{
	g_autoptr(UidSet) set = uidset_new();

	for (const char *p = text; *p != '\0';) {
		guint32 first, last;
		bool ok = parse_uid(&p, &first);

		last = first;
		if (ok && *p == ':') {
			p++;
			ok = parse_uid(&p, &last);
		}
		if (!ok || (*p != '\0' && (*p != ',' || p[1] == '\0'))) {
			error_set(
			    error, ERROR_INVALID, "A set of UIDs is wrong at byte %td.", p - text);
			return NULL;
		}
		p += *p == ',';
		uidset_add_range(set, MIN(first, last), MAX(first, last));
		if (max_ranges > 0 && set->ranges->len > max_ranges) {
			error_set(error, ERROR_TOO_BIG,
			    "A set of UIDs has more than %" G_GSIZE_FORMAT " ranges.", max_ranges);
			return NULL;
		}
	}
	return g_steal_pointer(&set);
}
