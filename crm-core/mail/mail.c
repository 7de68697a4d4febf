#include "mail/mail.h"

static void
address_free(gpointer data)
{
	MailAddress *address = data;

	g_free(address->name);
	g_free(address->address);
	g_free(address->group);
	g_free(address);
}

void
mail_part_free(MailPart *part)
{
	if (part == NULL)
		return;
	g_free(part->type);
	g_free(part->charset);
	g_free(part->name);
	g_free(part->disposition);
	g_free(part->content_id);
	g_free(part->text);
	g_free(part);
}

static void
recipient_free(gpointer data)
{
	MailReportRecipient *recipient = data;

	g_free(recipient->address);
	g_free(recipient->status);
	g_free(recipient->detail);
	g_free(recipient);
}

static void
report_free(MailReport *report)
{
	if (!report)
		return;
	g_free(report->message_id);
	g_free(report->subject);
	g_free(report->envelope_id);
	g_ptr_array_unref(report->recipients);
	g_free(report);
}

Mail *
mail_new(void)
{
	Mail *mail = g_new0(Mail, 1);

	mail->addresses = g_ptr_array_new_with_free_func(address_free);
	mail->in_reply_to = g_ptr_array_new_with_free_func(g_free);
	mail->references = g_ptr_array_new_with_free_func(g_free);
	mail->parts = g_ptr_array_new_with_free_func((GDestroyNotify)mail_part_free);
	mail->spans = g_array_new(false, false, sizeof(MailSpan));
	mail->body = g_strdup("");
	return mail;
}

void
mail_free(Mail *mail)
{
	if (!mail)
		return;
	g_ptr_array_unref(mail->addresses);
	g_free(mail->subject);
	g_free(mail->message_id);
	g_ptr_array_unref(mail->in_reply_to);
	g_ptr_array_unref(mail->references);
	g_free(mail->list_id);
	g_free(mail->list_post);
	g_free(mail->auth.authserv_id);
	g_free(mail->auth.dmarc_domain);
	g_free(mail->auth.spf_domain);
	g_free(mail->auth.dkim_domain);
	g_free(mail->private_mark);
	report_free(mail->report);
	g_ptr_array_unref(mail->parts);
	g_free(mail->body);
	g_array_unref(mail->spans);
	g_free(mail);
}

static char *
copy_or_null(const char *text)
{
	return text && *text ? g_strdup(text) : NULL;
}

MailAddress *
mail_add_address(
    Mail *mail, MailRole role, const char *name, const char *address, const char *group)
{
	MailAddress *added = g_new0(MailAddress, 1);

	added->role = role;
	added->name = copy_or_null(name);
	added->address = g_strdup(address);
	added->group = copy_or_null(group);
	g_ptr_array_add(mail->addresses, added);
	return added;
}

MailPart *
mail_add_part(Mail *mail, int parent, const char *type)
{
	MailPart *part = g_new0(MailPart, 1);

	part->parent = parent;
	part->type = g_strdup(type);
	g_ptr_array_add(mail->parts, part);
	return part;
}

MailReport *
mail_make_report(Mail *mail)
{
	if (!mail->report) {
		mail->report = g_new0(MailReport, 1);
		mail->report->recipients = g_ptr_array_new_with_free_func(recipient_free);
	}
	return mail->report;
}

MailReportRecipient *
mail_add_report_recipient(Mail *mail, const char *address, MailAction action)
{
	MailReportRecipient *recipient = g_new0(MailReportRecipient, 1);

	recipient->address = copy_or_null(address);
	recipient->action = action;
	g_ptr_array_add(mail_make_report(mail)->recipients, recipient);
	return recipient;
}

const MailAddress *
mail_first_address(const Mail *mail, MailRole role)
{
	for (guint i = 0; i < mail->addresses->len; i++) {
		const MailAddress *address = mail->addresses->pdata[i];
		if (address->role == role)
			return address;
	}
	return NULL;
}

const char *
mail_role_name(MailRole role)
{
	static const char *const names[MAIL_N_ROLES] = {
	    [MAIL_FROM] = "from",
	    [MAIL_SENDER] = "sender",
	    [MAIL_REPLY_TO] = "reply-to",
	    [MAIL_TO] = "to",
	    [MAIL_CC] = "cc",
	    [MAIL_BCC] = "bcc",
	    [MAIL_RESENT_FROM] = "resent-from",
	    [MAIL_RESENT_SENDER] = "resent-sender",
	    [MAIL_RESENT_TO] = "resent-to",
	    [MAIL_RESENT_CC] = "resent-cc",
	    [MAIL_RESENT_BCC] = "resent-bcc",
	    [MAIL_ENVELOPE_FROM] = "envelope-from",
	    [MAIL_ENVELOPE_TO] = "envelope-to",
	};

	return role < MAIL_N_ROLES ? names[role] : "unknown";
}
