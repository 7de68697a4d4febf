/* What a message gives away as it is: its HTML for the sandboxed frame, its attachments, its source. */
#include "config.h"

#include "rules/view.h"
#include "webui-minimal/foreign.h"
#include "webui-minimal/pages.h"

#include <string.h>

bool
pages_message_html(Page *page, GError **error)
{
	g_autofree char *html = view_html(page->session, &page->id, error);
	g_autoptr(GBytes) bytes = NULL;

	if (html == NULL)
		return false;
	bytes = foreign_html(html);
	reply_body(page->reply, REPLY_FOREIGN, "text/html; charset=utf-8", bytes);
	return true;
}

/* The sender's word for it, as long as no browser could run it. */
static const char *
safe_type(const char *type)
{
	static const char *const starts[] = {"image/png", "image/jpeg", "image/gif", "image/webp",
	    "audio/", "video/", "application/pdf", "application/zip", "application/msword",
	    "application/vnd."};

	for (gsize i = 0; i < G_N_ELEMENTS(starts); i++)
		if (g_str_has_prefix(type, starts[i]) && strpbrk(type, " ;,\"") == NULL &&
		    strstr(type, "xml") == NULL)
			return type;
	return "application/octet-stream";
}

bool
pages_attachment(Page *page, GError **error)
{
	g_autoptr(MailPart) part = NULL;
	g_autoptr(GBytes) bytes = NULL;
	guint64 number;

	if (!g_ascii_string_to_unsigned(page->rest, 10, 0, 100000, &number, NULL))
		return error_set(error, ERROR_NOT_FOUND, "There is no such part");
	bytes = view_part(page->session, &page->id, (int)number, &part, error);
	if (bytes == NULL)
		return false;
	reply_download(page->reply,
	    part->name == NULL && strcmp(part->type, "message/rfc822") == 0 ? "message.eml"
									    : part->name,
	    safe_type(part->type), bytes);
	return true;
}

bool
pages_source(Page *page, GError **error)
{
	g_autoptr(GBytes) bytes = view_source(page->session, &page->id, error);

	if (bytes == NULL)
		return false;
	reply_download(page->reply, "message.eml", "message/rfc822", bytes);
	return true;
}
