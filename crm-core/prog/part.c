#include "prog/part.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/foreground.h"
#include "base/log.h"
#include "prog/outcome.h"

#include <errno.h>
#include <string.h>

#define PAUSE_US 500000 /* when the parser can't be had for the moment */

void
part_clear(gpointer data)
{
	Part *part = data;

	g_clear_pointer(&part->entry, spool_entry_free);
	g_clear_pointer(&part->raw, g_bytes_unref);
	g_clear_pointer(&part->job, file_job_free);
}

static void
set_unreadable(Part *part, const GError *why)
{
	log_gerror(LOG_LEVEL_WARNING, "spool-unreadable", why);
	part->unreadable = true;
}

static void
quarantine(const PartMaker *maker, Part *part, ItemReason reason, const GError *why)
{
	g_autoptr(GError) failed = NULL;
	g_autoptr(GBytes) whole = spool_read_whole(part->pack, part->place, &failed);
	SpoolEntry *entry = g_steal_pointer(&part->entry);

	if (whole == NULL) {
		set_unreadable(part, failed);
		spool_entry_free(entry);
		return;
	}
	if (entry == NULL) {
		entry = spool_entry_new(SPOOL_MAIL, SPOOL_SMTP);
		entry->key = spool_pack_key(part->pack, part->place);
		entry->lane = part->pack->lane;
	}
	part->job = file_prepare_quarantine(
	    maker->preparer, entry, whole, reason, why != NULL ? why->message : NULL);
}

/* Nobody waits for a backlog. */
static void
let_by(const PartMaker *maker, const SpoolPack *pack)
{
	if (pack->lane == SPOOL_BACKLOG)
		foreground_let_by(maker->is_wanted, maker->data);
}

/* What couldn't be read in the way that error says. */
static void
use_failure(const PartMaker *maker, Part *part, const GError *error)
{
	switch (error_code(error)) {
	case ERROR_TOO_BIG:
		quarantine(maker, part, ITEM_REASON_TOO_BIG, error);
		break;
	case ERROR_INVALID:
		quarantine(maker, part, ITEM_REASON_DAMAGED, error);
		break;
	default:
		set_unreadable(part, error);
	}
}

static void
read_one(const PartMaker *maker, const SpoolData *data, Part *part)
{
	g_autoptr(GError) error = NULL;

	if (fault_point("intake-read") != 0)
		error_set_errno(&error, ERROR_TEMPORARY, errno, "The spool file can't be read");
	else
		spool_read(data, part->place, &part->entry, &part->raw, &error);
	if (error != NULL) {
		use_failure(maker, part, error);
	} else if (part->entry->kind == SPOOL_UNFETCHED) {
		error_set(&error, ERROR_NOT_FOUND, "%s",
		    part->entry->rule != NULL ? part->entry->rule : "It can't be had.");
		quarantine(maker, part, ITEM_REASON_UNFETCHED, error);
	} else if (part->entry->kind != SPOOL_MAIL) {
		part->job =
		    file_prepare(maker->preparer, g_steal_pointer(&part->entry), NULL, NULL);
	}
}

bool
part_read(const PartMaker *maker, const SpoolPack *pack, guint64 without, GArray *parts)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(SpoolData) data = NULL;

	let_by(maker, pack);
	data = spool_load(pack, maker->conf->parser.bytes, &error);
	if (g_error_matches(error, ERROR_DOMAIN, ERROR_NOT_FOUND))
		return false;
	for (guint place = 0; place < pack->count; place++) {
		Part part = {.pack = pack, .place = place};

		if (without >> place & 1)
			continue;
		if (data != NULL)
			read_one(maker, data, &part);
		else
			use_failure(maker, &part, error);
		g_array_append_val(parts, part);
		if (data == NULL && part.unreadable)
			break; /* and so are the others */
	}
	return true;
}

static void
use_result(const PartMaker *maker, Part *part, ParserResult *result)
{
	g_autoptr(GError) failed = NULL;
	g_autoptr(GBytes) whole = NULL;

	if (result->outcome != PARSER_DONE &&
	    (whole = spool_read_whole(part->pack, part->place, &failed)) == NULL) {
		set_unreadable(part, failed);
		return;
	}
	part->job =
	    outcome_job(maker->preparer, g_steal_pointer(&part->entry), part->raw, result, whole);
}

/* Parses parts[first, last) in one child. */
static bool
parse_some(const PartMaker *maker, GArray *parts, guint first, guint last, GError **error)
{
	ParserLimits limits = outcome_limits(maker->conf);
	g_autoptr(GPtrArray) raw = g_ptr_array_new(), results = NULL;

	for (guint i = first; i < last; i++)
		g_ptr_array_add(raw, g_array_index(parts, Part, i).raw);
	if (!parser_run(maker->parser, raw, &limits, &results, error))
		return false;
	for (guint i = first; i < last; i++) {
		Part *part = &g_array_index(parts, Part, i);

		let_by(maker, part->pack);
		use_result(maker, part, g_ptr_array_index(results, i - first));
	}
	return true;
}

/* Mail of one import, or of one mailbox's back-fill, may share a child. */
static bool
may_share(const Part *one, const Part *other)
{
	const SpoolEntry *a = one->entry, *b = other->entry;

	if (one->job != NULL || other->job != NULL || one->unreadable || other->unreadable ||
	    strcmp(a->key.source, b->key.source) != 0 || a->key.start != b->key.start)
		return false;
	return (a->via == SPOOL_IMPORT && b->via == SPOOL_IMPORT) ||
	       (a->via == SPOOL_IMAP && b->via == SPOOL_IMAP && a->lane == SPOOL_BACKLOG &&
		   b->lane == SPOOL_BACKLOG && g_strcmp0(a->owner, b->owner) == 0 &&
		   g_strcmp0(a->folder, b->folder) == 0);
}

void
part_parse(const PartMaker *maker, GArray *parts, PartTrouble trouble, gpointer data)
{
	for (guint first = 0; first < parts->len;) {
		g_autoptr(GError) error = NULL;
		Part *part = &g_array_index(parts, Part, first);
		guint last = first + 1;

		if (part->job != NULL || part->unreadable) {
			first++;
			continue;
		}
		while (last < parts->len && last - first < PARSER_BATCH &&
		       may_share(part, &g_array_index(parts, Part, last)))
			last++;
		log_debug("parse", "mails=%u", last - first);
		if (parse_some(maker, parts, first, last, &error)) {
			trouble(NULL, data);
		} else { /* the program is gone: nothing was decided about these mails */
			trouble(error, data);
			g_usleep(PAUSE_US);
		}
		first = last;
	}
}
