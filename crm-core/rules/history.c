#include "rules/history.h"

#include "base/clock.h"
#include "base/error.h"
#include "rules/cursor.h"

void
history_line_free(HistoryLine *line)
{
	if (line == NULL)
		return;
	summary_free(line->summary);
	g_array_unref(line->filings);
	g_array_unref(line->versions);
	g_free(line);
}

void
history_page_free(HistoryPage *page)
{
	if (page == NULL)
		return;
	g_ptr_array_unref(page->lines);
	g_free(page->next);
	g_free(page);
}

static HistoryDirection
direction(guint32 flags)
{
	if ((flags & MESSAGE_OUTGOING) != 0)
		return HISTORY_OUT;
	return (flags & MESSAGE_UNVERIFIED) != 0 ? HISTORY_UNVERIFIED : HISTORY_IN;
}

static GArray *
show_filings(const LetterRow *row)
{
	GArray *filings = g_array_new(FALSE, TRUE, sizeof(HistoryFiling));
	gint64 now = clock_ms();

	for (guint i = 0; i < row->filings->len; i++) {
		const LetterFiling *filing = &g_array_index(row->filings, LetterFiling, i);
		HistoryFiling shown = {
		    .contact = filing->contact,
		    .reason = filing->reason,
		    .role = (MailRole)filing->role,
		    .hint = filing->reason == FILING_HINT,
		    .open = filing->open_from <= now,
		};

		g_array_append_val(filings, shown);
	}
	return filings;
}

/* Blind recipients are for the sender's side alone. */
static bool
hide_blind(Session *session, const LetterRow *row, Summary *summary, GError **error)
{
	bool sender_side;

	if (summary->bcc->len == 0)
		return true;
	if (!letter_sender_side(session->store, session->viewer, row, &sender_side, error))
		return false;
	if (!sender_side)
		g_ptr_array_set_size(summary->bcc, 0);
	return true;
}

HistoryLine *
history_line_new(Session *session, const LetterRow *row, GError **error)
{
	g_autoptr(Summary) summary = NULL;
	HistoryLine *line;

	if (row->summary == NULL) {
		error_set(error, ERROR_NOT_FOUND, "There is no such message");
		return NULL;
	}
	summary = summary_read(row->summary, error);
	if (summary == NULL || !hide_blind(session, row, summary, error))
		return NULL;
	line = g_new0(HistoryLine, 1);
	line->message = row->id;
	line->time = row->time;
	if ((row->flags & MESSAGE_DATE_FAR) != 0)
		line->date = summary->date * CLOCK_SECOND;
	line->direction = direction(row->flags);
	line->verified = (row->flags & MESSAGE_VERIFIED) != 0;
	line->proof = row->proof;
	line->flags = row->flags;
	line->summary = g_steal_pointer(&summary);
	line->filings = show_filings(row);
	line->versions = g_array_ref(row->versions);
	session_note(session, OBJECT_MESSAGE, &row->id);
	return line;
}

/* Numbers the threads of a page from 1 in the order of their first lines; one line alone has 0. */
static bool
number_threads(Session *session, GPtrArray *rows, GPtrArray *lines, GError **error)
{
	g_autofree guint *first = g_new0(guint, rows->len + 1);
	g_autofree guint *count = g_new0(guint, rows->len + 1);
	g_autofree guint *number = g_new0(guint, rows->len + 1);
	guint next = 0;

	if (!letter_group(session->store, rows, first, error))
		return false;
	for (guint i = 0; i < rows->len; i++)
		count[first[i]]++;
	for (guint i = 0; i < rows->len; i++) {
		HistoryLine *line = lines->pdata[i];

		if (first[i] == i && count[i] > 1)
			number[i] = ++next;
		line->thread = number[first[i]];
		line->thread_lines = count[first[i]];
	}
	return true;
}

static HistoryPage *
make_page(Session *session, GPtrArray *rows, GError **error)
{
	g_autoptr(HistoryPage) page = g_new0(HistoryPage, 1);

	page->lines = g_ptr_array_new_with_free_func((GDestroyNotify)history_line_free);
	for (guint i = 0; i < rows->len; i++) {
		HistoryLine *line = history_line_new(session, rows->pdata[i], error);

		if (line == NULL)
			return NULL;
		g_ptr_array_add(page->lines, line);
	}
	if (!number_threads(session, rows, page->lines, error))
		return NULL;
	return g_steal_pointer(&page);
}

static HistoryPage *
collect(Session *session, const Id *contact, const char *cursor, guint limit, GError **error)
{
	char id[ID_TEXT_SIZE];
	g_autofree char *list = NULL;
	g_autoptr(GPtrArray) rows = NULL;
	g_autoptr(HistoryPage) page = NULL;
	Cursor at;
	LetterPlace place;
	bool more;

	id_to_text(contact, id);
	list = g_strconcat("history:", id, NULL);
	if (cursor != NULL) {
		if (!cursor_read(session, list, cursor, &at, error))
			return NULL;
		place = (LetterPlace){at.time, at.id};
	}
	rows = letter_history(session->store, session->viewer, contact,
	    cursor != NULL ? &place : NULL, CLAMP(limit, 1, HISTORY_PAGE), &more, error);
	if (rows == NULL)
		return NULL;
	page = make_page(session, rows, error);
	if (page != NULL && more) {
		const LetterRow *last = rows->pdata[rows->len - 1];
		Cursor end = {last->time, last->id};

		page->next = cursor_write(session, list, &end, error);
		if (page->next == NULL)
			return NULL;
	}
	return g_steal_pointer(&page);
}

HistoryPage *
history_open(Session *session, const Id *contact, const char *cursor, guint limit, GError **error)
{
	g_autoptr(HistoryPage) page = NULL;

	if (!store_read_begin(session->store, error))
		return NULL;
	page = collect(session, contact, cursor, limit, error);
	store_read_end(session->store);
	if (page == NULL)
		return NULL;
	session_note(session, OBJECT_CONTACT, contact);
	if (!session_record(session, PURPOSE_READ, NULL, error))
		return NULL;
	return g_steal_pointer(&page);
}
