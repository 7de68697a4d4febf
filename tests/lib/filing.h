/*
 * Mail on its way into a test's company: parsed (without the sandbox), matched, filed.
 */
#pragma once

#include "mail/parse.h"
#include "rules/file.h"
#include "rules/match.h"
#include "store/filing.h"
#include "tests/lib/company.h"

typedef struct {
	SpoolVia via;
	SpoolLane lane;
	const char *source, *sender, *login, *client, *owner, *folder, *path;
	const char *const *recipients; /* NULL-terminated, or NULL */
	const char *authserv;          /* trusted for this listener */
	gint64 time;                   /* 0: now */
} Way;

static inline SpoolEntry *
filing_entry(const Way *way)
{
	static gint64 number = 0;
	SpoolEntry *entry = spool_entry_new(SPOOL_MAIL, way->via);

	g_strlcpy(entry->key.source, way->source != NULL ? way->source : "mx1",
	    sizeof entry->key.source);
	entry->key.start = 1;
	entry->key.n = ++number;
	entry->lane = way->lane;
	entry->time = way->time != 0 ? way->time : g_get_real_time() / 1000;
	entry->sender = g_strdup(way->sender);
	entry->login = g_strdup(way->login);
	entry->client_address = g_strdup(way->client);
	entry->owner = g_strdup(way->owner);
	entry->folder = g_strdup(way->folder);
	entry->path = g_strdup(way->path);
	for (int i = 0; way->recipients != NULL && way->recipients[i] != NULL; i++)
		spool_entry_add_recipient(entry, way->recipients[i], NULL);
	if (way->authserv != NULL) {
		g_strfreev(entry->authserv_ids);
		entry->authserv_ids = g_strsplit(way->authserv, " ", -1);
	}
	return entry;
}

static inline Mail *
filing_parse(const char *text, GBytes **raw)
{
	MailLimits limits = MAIL_LIMITS_DEFAULT;
	g_autoptr(GError) error = NULL;
	Mail *mail;

	*raw = g_bytes_new(text, strlen(text));
	mail = parse_mail(*raw, &limits, &error);
	g_assert_no_error(error);
	return mail;
}

static inline FileResult
filing_run(Company *c, SpoolEntry *entry, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_new_daemon(c->t.store, &error);
	g_autoptr(Filer) filer = filer_new(session, NULL, &error);
	g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func((GDestroyNotify)file_job_free);
	g_autoptr(GBytes) raw = NULL;
	Mail *mail = text != NULL ? filing_parse(text, &raw) : NULL;

	g_assert_no_error(error);
	g_ptr_array_add(jobs, file_prepare(filer_preparer(filer), entry, raw, mail));
	file_batch(filer, jobs, &error);
	g_assert_no_error(error);
	return *file_job_result(g_ptr_array_index(jobs, 0));
}

static inline FileResult
filing_file(Company *c, const Way *way, const char *text)
{
	return filing_run(c, filing_entry(way), text);
}

/* What matching says, without writing. */
static inline Match *
filing_match(Company *c, const Way *way, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Matcher) matcher = matcher_new(c->t.store, &error);
	g_autoptr(SpoolEntry) entry = filing_entry(way);
	g_autoptr(GBytes) raw = NULL;
	g_autoptr(Mail) mail = filing_parse(text, &raw);
	Match *match;

	g_assert_no_error(error);
	g_assert_true(matcher_refresh(matcher, &error));
	match = match_mail(matcher, NULL, entry, mail, &error);
	g_assert_no_error(error);
	return match;
}

static inline const MatchContact *
filing_find(const Match *match, const Id *contact)
{
	for (guint i = 0; i < match->contacts->len; i++) {
		const MatchContact *one = &g_array_index(match->contacts, MatchContact, i);

		if (id_equal(&one->contact, contact))
			return one;
	}
	return NULL;
}

/* The filing that holds now; reason 0: none. */
static inline Filing
filing_of(Company *c, const Id *message, const Id *contact)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) filings = NULL;
	Filing found = {0};
	MessageRow row;

	g_assert_true(message_find_id(c->t.store, message, &row, &error));
	filings = filing_list_row(c->t.store, &row, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < filings->len; i++) {
		const Filing *filing = &g_array_index(filings, Filing, i);

		if (filing->ended == 0 && id_equal(&filing->contact, contact))
			found = *filing;
	}
	return found;
}
