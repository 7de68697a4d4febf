/* One message: people, text, files, and beside it where it is filed, why, and how it came in. */
#include "config.h"

#include "rules/circle.h"
#include "rules/view.h"
#include "webui-minimal/body.h"
#include "webui-minimal/line.h"
#include "webui-minimal/message.h"
#include "webui-minimal/pages.h"

#include <string.h>

static const char *
role_name(MailRole role)
{
	switch (role) {
	case MAIL_FROM:
		return _("From");
	case MAIL_SENDER:
		return _("Sent for them by");
	case MAIL_REPLY_TO:
		return _("Answers to");
	case MAIL_TO:
		return _("To");
	case MAIL_CC:
		return _("Cc");
	case MAIL_BCC:
		return _("Blind copy");
	case MAIL_RESENT_FROM:
	case MAIL_RESENT_SENDER:
		return _("Forwarded by");
	default:
		return _("Forwarded to");
	}
}

static void
write_person(Page *page, const ViewPerson *person)
{
	Html *h = page->h;
	const char *name = person->name ? person->name : person->address;

	if (!id_is_zero(&person->contact)) {
		g_autofree char *id = id_text(&person->contact);
		g_autofree char *path = page_path(page, "/contact/%s", id);

		html_open(h, "a", "href", path, NULL);
		html_foreign(h, name);
		html_close(h);
	} else
		html_foreign(h, name);
	if (person->name != NULL) {
		html_text(h, " ");
		html_open(h, "span", "class", "soft small", NULL);
		html_foreign(h, person->address);
		html_close(h);
	}
}

#define PEOPLE_SHOWN 12 /* of a role; the rest is folded away */

/* How many have the same role as the one at i, from there on. */
static guint
count_role(const GPtrArray *people, guint i)
{
	MailRole role = ((const ViewPerson *)g_ptr_array_index(people, i))->role;
	guint n = 0;

	while (i + n < people->len &&
	       ((const ViewPerson *)g_ptr_array_index(people, i + n))->role == role)
		n++;
	return n;
}

/* Everybody but the author, one line a role. */
static void
write_people(Page *page, const View *view)
{
	Html *h = page->h;
	int last = -1;
	guint outside, shown = 0, more;

	html_open(h, "dl", "class", "to", NULL);
	outside = html_depth(h);
	for (guint i = 0; i < view->people->len; i++) {
		const ViewPerson *person = g_ptr_array_index(view->people, i);

		if (person->role == MAIL_FROM || person->role == MAIL_ENVELOPE_FROM ||
		    person->role == MAIL_ENVELOPE_TO)
			continue;
		if ((int)person->role != last) {
			html_close_to(h, outside);
			html_element(h, "dt", NULL, role_name(person->role));
			html_open(h, "dd", NULL);
			shown = 0;
		}
		more = shown == PEOPLE_SHOWN ? count_role(view->people, i) : 0;
		if (shown > 0 && more <= 3)
			html_text(h, ", ");
		if (more > 3) {
			html_open(h, "details", "class", "fold", NULL);
			html_open(h, "summary", NULL);
			html_textf(h, ngettext("and %u more", "and %u more", more), more);
			html_close(h);
		}
		write_person(page, person);
		shown++;
		last = (int)person->role;
	}
	html_close_to(h, outside);
	html_close(h);
}

static const char *
proof_text(const HistoryLine *line)
{
	if ((line->flags & MESSAGE_FAILED) != 0)
		return _("A trusted server says that this isn't from the address in From.");
	switch (line->proof) {
	case PROOF_LOGIN:
		return _("Verified: sent with a log-in.");
	case PROOF_NETWORK:
		return _("Verified: sent from our own network.");
	case PROOF_SENT_FOLDER:
		return _("Verified: lies in the sender's own folder of sent mail.");
	case PROOF_DMARC:
		return _("Verified: the sender's domain vouches for it (DMARC).");
	default:
		break;
	}
	return line->direction == HISTORY_UNVERIFIED
		   ? _("Not verified: it says that it comes from our staff, but nothing proves it.")
		   : _("Not verified: nothing proves who sent it.");
}

static void
write_from(Page *page, const View *view)
{
	Html *h = page->h;
	const HistoryLine *line = view->line;
	bool bad = line->direction == HISTORY_UNVERIFIED || (line->flags & MESSAGE_FAILED) != 0;
	bool any = false;

	html_open(h, "div", "class", "from", NULL);
	page_avatar(page,
	    line->summary->from->len ? line_name(g_ptr_array_index(line->summary->from, 0)) : NULL,
	    false, "");
	html_open(h, "div", NULL);
	html_open(h, "p", "class", "name", NULL);
	for (guint i = 0; i < view->people->len; i++) {
		const ViewPerson *person = g_ptr_array_index(view->people, i);

		if (person->role != MAIL_FROM)
			continue;
		if (any)
			html_text(h, ", ");
		write_person(page, person);
		any = true;
	}
	if (!any)
		html_text(h, _("No sender named"));
	html_close(h);
	html_open(h, "p", "class", "small soft", NULL);
	page_full_time(page, line->time);
	if (line->date != 0) {
		html_text(h, " \302\267 ");
		html_text(h, _("the mail itself says:"));
		html_text(h, " ");
		page_full_time(page, line->date);
	}
	html_close(h);
	html_element(h, "p",
	    bad              ? "small note warn tight"
	    : line->verified ? "small i i-ok good"
			     : "small soft",
	    proof_text(line));
	write_people(page, view);
	html_close(h);
	html_close(h);
}

/* The roles of those whom an answer goes to. */
static MailRole
answer_role(const View *view)
{
	if (view->line->direction == HISTORY_OUT)
		return MAIL_TO; /* one's own side writes once more */
	for (guint i = 0; i < view->people->len; i++)
		if (((const ViewPerson *)g_ptr_array_index(view->people, i))->role == MAIL_REPLY_TO)
			return MAIL_REPLY_TO;
	return MAIL_FROM;
}

/* A link that opens the reader's own mail program. Not for a mail whose sender may be forged. */
static void
write_answer(Page *page, const View *view)
{
	Html *h = page->h;
	g_autoptr(GString) to = g_string_new(NULL);
	const char *subject = view->line->summary->subject;
	MailRole role = answer_role(view);
	g_autofree char *escaped = g_uri_escape_string(subject, NULL, FALSE);
	g_autofree char *thread =
	    g_uri_escape_string(view->mail->message_id ? view->mail->message_id : "", NULL, FALSE);

	if (view->line->direction == HISTORY_UNVERIFIED ||
	    (view->line->flags & (MESSAGE_FAILED | MAIL_FLAG_DSN | MAIL_FLAG_MDN)) != 0)
		return;
	for (guint i = 0; i < view->people->len && to->len < 1000; i++) {
		const ViewPerson *person = g_ptr_array_index(view->people, i);

		if (person->role != role)
			continue;
		if (to->len > 0)
			g_string_append_c(to, ',');
		g_string_append_uri_escaped(to, person->address, "@", FALSE);
	}
	if (to->len == 0)
		return;
	html_open(h, "a", NULL);
	html_attrf(h, "href", "mailto:%s?subject=%s%s%s%s%s", to->str,
	    g_ascii_strncasecmp(subject, "re:", 3) == 0 ? "" : "Re%3A%20", escaped,
	    *thread ? "&In-Reply-To=%3C" : "", thread, *thread ? "%3E" : "");
	html_text(h, _("Answer"));
	html_close(h);
}

static void
write_bar(Page *page, const View *view, const char *id, bool as_html)
{
	Html *h = page->h;

	html_open(h, "div", "class", "bar no-print", NULL);
	html_open(h, "div", "class", "tags", NULL);
	line_tags(page, view->line);
	html_close(h);
	write_answer(page, view);
	if (as_html)
		page_link(page, NULL, _("Show as text"), "/message/%s", id);
	else if (view->has_html)
		page_link(page, NULL, _("Show as it was designed"), "/message/%s?view=html", id);
	if (view->has_source)
		page_link(page, NULL, _("Source"), "/message/%s/source", id);
	html_close(h);
}

static void
write_file(Page *page, const MailPart *part, guint index, const char *id)
{
	Html *h = page->h;
	g_autofree char *path = page_path(page, "/message/%s/part/%u", id, index);
	g_autofree char *name = reply_file_name(part->name);
	g_autofree char *size = intl_size(part->size);
	const char *dot = strrchr(name, '.');

	html_open(h, "li", "class", "file", NULL);
	html_open(h, "b", "class", "ext", "aria-hidden", "true", NULL);
	html_text(h, dot != NULL && strlen(dot) <= 5 && dot[1] != '\0' ? dot + 1 : "\342\200\242");
	html_close(h);
	html_open(h, "span", NULL);
	html_open(h, "a", "class", "cover", "href", path, "download", "", "title", name, NULL);
	if (part->name != NULL)
		html_foreign(h, name);
	else if (strcmp(part->type, "message/rfc822") == 0)
		html_text(h, _("Attached message"));
	else
		html_text(h, _("File without a name"));
	html_close(h);
	html_open(h, "span", "class", "small soft", NULL);
	html_textf(h, "%s \302\267 ", size);
	html_foreign(h, part->type);
	html_close(h);
	html_close(h);
	html_close(h);
}

static void
write_files(Page *page, const Mail *mail, const char *id)
{
	Html *h = page->h;
	guint outside = html_depth(h), count = 0;

	for (guint i = 0; i < mail->parts->len; i++)
		count += ((const MailPart *)g_ptr_array_index(mail->parts, i))->is_attachment;
	if (count == 0)
		return;
	html_open(h, "section", "class", "files", NULL);
	html_open(h, "h2", NULL);
	html_textf(h, ngettext("%u attachment", "%u attachments", count), count);
	html_close(h);
	html_open(h, "ul", NULL);
	for (guint i = 0; i < mail->parts->len; i++) {
		const MailPart *part = g_ptr_array_index(mail->parts, i);

		if (part->is_attachment)
			write_file(page, part, i, id);
	}
	html_close_to(h, outside);
}

static void
write_letter(Page *page, const View *view, const char *id)
{
	Html *h = page->h;
	const char *wanted = cgi_query(page->cgi, "view");
	bool as_html = view->has_html && wanted != NULL && strcmp(wanted, "html") == 0;

	html_open(h, "article", "class", "box letter", NULL);
	html_open(h, "header", NULL);
	html_open(h, "h1", NULL);
	if (view->line->summary->subject[0] != '\0')
		html_foreign(h, view->line->summary->subject);
	else
		html_text(h, _("(no subject)"));
	html_close(h);
	write_from(page, view);
	html_close(h);
	write_bar(page, view, id, as_html);
	message_report(page, view->mail);
	if (as_html) {
		g_autofree char *path = page_path(page, "/message/%s/html", id);

		html_element(h, "p", "bar soft small",
		    _("Pictures from the internet and links don't work here, so that nobody "
		      "learns that you read it."));
		html_open(h, "iframe", "sandbox", "", "src", path, "title",
		    _("The mail as it was designed"), NULL);
		html_close(h);
	} else if ((view->line->flags & MESSAGE_HEADER_ONLY) != 0) {
		html_open(h, "div", "class", "text", NULL);
		html_element(
		    h, "p", "soft", _("Only the header was taken: its mailbox is set up so."));
		html_close(h);
	} else
		body_write(page, view->mail);
	write_files(page, view->mail, id);
	html_close(h);
}

bool
pages_message(Page *page, GError **error)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&page->id);
	/* first, so that they stand in the row of the record that view_open() writes */
	g_autoptr(GPtrArray) circles =
	    circle_shown_around(page->session, OBJECT_MESSAGE, &page->id, error);
	g_autoptr(View) view = circles == NULL ? NULL : view_open(page->session, &page->id, error);
	g_autoptr(GPtrArray) contacts = NULL;
	const char *subject;

	if (view == NULL)
		return false;
	contacts = message_contacts(page, view, error);
	if (contacts == NULL)
		return false;
	subject = view->line->summary->subject;
	page_begin(page, subject[0] ? subject : _("(no subject)"), PAGE_TAB_NONE, NULL);
	html_open(h, "div", "class", "grid", NULL);
	write_letter(page, view, id);
	html_open(h, "aside", "class", "side", NULL);
	message_aside(page, view, id, contacts, circles);
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}
