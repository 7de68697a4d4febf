#include "config.h"

#include "webui-minimal/line.h"

#include <string.h>

const char *
line_name(const SummaryPerson *person)
{
	return person->name ? person->name : person->address;
}

/* Up to two names and how many more. */
static void
write_people(Html *h, const GPtrArray *people, guint more)
{
	for (guint i = 0; i < people->len && i < 2; i++) {
		if (i > 0)
			html_text(h, ", ");
		html_foreign(h, line_name(g_ptr_array_index(people, i)));
	}
	if (people->len > 2)
		more += people->len - 2;
	if (more > 0)
		html_textf(h, " +%u", more);
}

static void
write_who(Page *page, const HistoryLine *line)
{
	Html *h = page->h;
	const Summary *summary = line->summary;

	html_open(h, "p", "class", "who", NULL);
	html_open(h, "b", NULL);
	if (summary->from->len == 0)
		html_text(h, _("No sender named"));
	else
		write_people(h, summary->from, 0);
	html_close(h);
	if (line->verified && line->direction != HISTORY_OUT) {
		html_text(h, " ");
		html_open(h, "span", "class", "i i-ok good", "title", _("Sender verified"), NULL);
		html_element(h, "span", "vh", _("Sender verified"));
		html_close(h);
	}
	if (summary->to->len > 0) {
		html_text(h, " \342\206\222 ");
		write_people(h, summary->to, summary->cc->len + summary->more_recipients);
	} else if (summary->cc->len > 0) {
		html_text(h, " \342\206\222 ");
		write_people(h, summary->cc, summary->more_recipients);
	}
	html_close(h);
}

static const char *
role_phrase(MailRole role)
{
	switch (role) {
	case MAIL_FROM:
		return _("address in From");
	case MAIL_SENDER:
		return _("address in Sender");
	case MAIL_REPLY_TO:
		return _("address in Reply-To");
	case MAIL_TO:
		return _("address in To");
	case MAIL_CC:
		return _("address in Cc");
	case MAIL_BCC:
		return _("got a blind copy");
	case MAIL_ENVELOPE_FROM:
		return _("sender's address in the envelope");
	case MAIL_ENVELOPE_TO:
		return _("recipient's address in the envelope");
	default:
		return _("address in a forwarding header");
	}
}

const char *
line_reason(const HistoryFiling *filing)
{
	switch (filing->reason) {
	case FILING_DOMAIN:
		return _("an address of the organisation's domain");
	case FILING_HINT:
		return _("a mailing list hid the author, who seems to be this one");
	case FILING_DSN:
		return _("reports on a mail that is filed here");
	case FILING_BY_HAND:
		return _("filed by hand");
	default:
		return role_phrase(filing->role);
	}
}

static void
write_tag(Html *h, const char *class, const char *text, const char *title)
{
	html_open(h, "span", "class", class, "title", title, NULL);
	html_text(h, text);
	html_close(h);
}

/* One row per flag that is worth a tag. */
static const struct {
	guint32 flag;
	const char *class, *text, *title;
} flag_tags[] = {
    {MESSAGE_FAILED, "tag bad", N_("Sender forged"),
	N_("A trusted server says that this mail doesn't come from the address in From.")},
    {MESSAGE_PRIVATE, "tag on", N_("Private"),
	N_("It answers private mail and is open to its participants alone.")},
    {MESSAGE_HINT, "tag hint", N_("Author is a hint"),
	N_("A mailing list rewrote From; the author is in Reply-To or Cc.")},
    {MESSAGE_HEADER_ONLY, "tag hint", N_("Header only"),
	N_("Only the header was taken: its mailbox is set up so.")},
    {MAIL_FLAG_DSN, "tag", N_("Delivery report"), NULL},
    {MAIL_FLAG_MDN, "tag", N_("Read receipt"), NULL},
    {MAIL_FLAG_AUTO, "tag", N_("Automatic reply"), NULL},
    {MAIL_FLAG_LIST, "tag", N_("Mailing list"), NULL},
    {MAIL_FLAG_CALENDAR, "tag", N_("Invitation"), NULL},
    {MAIL_FLAG_ENCRYPTED, "tag", N_("Encrypted"), NULL},
    {MAIL_FLAG_SIGNED, "tag", N_("Signed"), N_("The signature isn't checked here.")},
};

void
line_tags(Page *page, const HistoryLine *line)
{
	Html *h = page->h;

	if (line->direction == HISTORY_UNVERIFIED)
		write_tag(h, "tag warn", _("Sender not verified"),
		    _("It says that it comes from our staff, but nothing proves it."));
	for (gsize i = 0; i < G_N_ELEMENTS(flag_tags); i++)
		if ((line->flags & flag_tags[i].flag) != 0 &&
		    !(flag_tags[i].flag == MAIL_FLAG_AUTO &&
			(line->flags & (MAIL_FLAG_DSN | MAIL_FLAG_MDN)) != 0))
			write_tag(h, flag_tags[i].class, _(flag_tags[i].text),
			    flag_tags[i].title ? _(flag_tags[i].title) : NULL);
}

static void
write_why(Page *page, const HistoryLine *line, const Id *contact)
{
	Html *h = page->h;

	for (guint i = 0; i < line->filings->len; i++) {
		const HistoryFiling *filing = &g_array_index(line->filings, HistoryFiling, i);

		if (!id_equal(&filing->contact, contact))
			continue;
		if (filing->hint && (line->flags & MESSAGE_HINT) == 0)
			html_element(h, "span", "tag hint", _("Only a hint"));
		if (!filing->open) {
			html_open(h, "span", "class", "i i-lock", "title",
			    _("Open to those who wrote or received it"), NULL);
			html_element(h, "span", "vh", _("Open to those who wrote or received it"));
			html_close(h);
		}
		html_open(h, "span", "class", "why", NULL);
		html_text(h, _("Filed here:"));
		html_text(h, " ");
		html_text(h, line_reason(filing));
		html_close(h);
		return;
	}
}

static void
write_tags(Page *page, const HistoryLine *line, const Id *contact)
{
	Html *h = page->h;
	guint files = line->summary->attachments->len;

	html_open(h, "p", "class", "tags", NULL);
	line_tags(page, line);
	if (files > 0) {
		html_open(h, "span", "class", "i i-clip gap", NULL);
		html_textf(h, ngettext("%u attachment", "%u attachments", files), files);
		html_close(h);
	}
	for (guint i = 0; i < line->versions->len && i < 5; i++) {
		g_autofree char *id = id_text(&g_array_index(line->versions, Id, i));

		page_link(page, "tag", _("another version"), "/message/%s", id);
	}
	if (line->summary->bcc->len > 0) {
		html_open(h, "span", NULL);
		html_text(h, _("Blind copy:"));
		html_text(h, " ");
		write_people(h, line->summary->bcc, 0);
		html_close(h);
	}
	if (contact != NULL)
		write_why(page, line, contact);
	html_close(h);
}

static void
write_snippet(Page *page, const SearchHit *hit)
{
	Html *h = page->h;
	gsize at = 0, length = strlen(hit->snippet);

	html_open(h, "p", "class", "snip", NULL);
	for (guint i = 0; i < hit->marks->len; i++) {
		const SnippetMark *mark = &g_array_index(hit->marks, SnippetMark, i);

		if (mark->offset < at || mark->offset + mark->length > length)
			continue;
		html_text_length(h, hit->snippet + at, mark->offset - at);
		html_open(h, "mark", NULL);
		html_text_length(h, hit->snippet + mark->offset, mark->length);
		html_close(h);
		at = mark->offset + mark->length;
	}
	html_text_length(h, hit->snippet + at, length - at);
	html_close(h);
}

static void
write_direction(Page *page, const HistoryLine *line)
{
	if (line->direction == HISTORY_OUT)
		page_icon(page, "dir i i-out", _("Sent by us"));
	else if (line->direction == HISTORY_IN && (line->flags & MESSAGE_FAILED) == 0)
		page_icon(page, "dir i i-in", _("Received"));
	else
		page_icon(page, "dir i i-warn", _("Sender not verified"));
}

void
line_write(
    Page *page, const HistoryLine *line, const Id *contact, const SearchHit *hit, bool current)
{
	Html *h = page->h;
	char id[ID_TEXT_SIZE];
	g_autofree char *path = NULL;

	id_to_text(&line->message, id);
	path = page_path(page, "/message/%s", id);
	html_open(h, "div", "class", "line", NULL);
	write_direction(page, line);
	html_open(h, "div", NULL);
	html_open(h, "div", "class", "head", NULL);
	write_who(page, line);
	page_time(page, line->time);
	html_close(h);
	html_open(h, "p", "class", "subject", NULL);
	html_open(
	    h, "a", "class", "cover", "href", path, "aria-current", current ? "page" : NULL, NULL);
	if (line->summary->subject[0] != '\0')
		html_foreign(h, line->summary->subject);
	else
		html_text(h, _("(no subject)"));
	html_close(h);
	html_close(h);
	if (hit != NULL && hit->snippet != NULL && hit->snippet[0] != '\0')
		write_snippet(page, hit);
	else if (line->summary->snippet[0] != '\0') {
		html_open(h, "p", "class", "snip", NULL);
		html_foreign(h, line->summary->snippet);
		html_close(h);
	}
	write_tags(page, line, contact);
	html_close(h);
	html_close(h);
}

/* The older lines of this thread, below their newest one. */
static void
write_thread(Page *page, const GPtrArray *lines, guint from, const Id *contact)
{
	Html *h = page->h;
	const HistoryLine *newest = g_ptr_array_index(lines, from);
	guint older = 0;

	for (guint i = from + 1; i < lines->len; i++)
		older +=
		    ((const HistoryLine *)g_ptr_array_index(lines, i))->thread == newest->thread;
	if (older == 0)
		return;
	html_open(h, "details", "class", "thread", NULL);
	html_open(h, "summary", NULL);
	html_textf(h,
	    ngettext("%u earlier in this conversation", "%u earlier in this conversation", older),
	    older);
	html_close(h);
	html_open(h, "ol", NULL);
	for (guint i = from + 1; i < lines->len; i++) {
		const HistoryLine *line = g_ptr_array_index(lines, i);

		if (line->thread != newest->thread)
			continue;
		html_open(h, "li", NULL);
		line_write(page, line, contact, NULL, false);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

static bool
is_folded(const GPtrArray *lines, guint at)
{
	const HistoryLine *line = g_ptr_array_index(lines, at);

	if (line->thread == 0)
		return false;
	for (guint i = 0; i < at; i++)
		if (((const HistoryLine *)g_ptr_array_index(lines, i))->thread == line->thread)
			return true;
	return false;
}

void
line_list(Page *page, const GPtrArray *lines, const Id *contact)
{
	Html *h = page->h;
	guint outside = html_depth(h);
	g_autofree char *heading = g_strdup("");

	for (guint i = 0; i < lines->len; i++) {
		const HistoryLine *line = g_ptr_array_index(lines, i);
		g_autofree char *next = NULL;

		if (is_folded(lines, i))
			continue;
		next = intl_heading(line->time, page->now);
		if (strcmp(next, heading) != 0) {
			html_close_to(h, outside);
			html_element(h, "h2", "when", next);
			html_open(h, "ol", "class", "lines", NULL);
			g_free(heading);
			heading = g_steal_pointer(&next);
		}
		html_open(h, "li", NULL);
		line_write(page, line, contact, NULL, false);
		if (line->thread != 0)
			write_thread(page, lines, i, contact);
		html_close(h);
	}
	html_close_to(h, outside);
}
