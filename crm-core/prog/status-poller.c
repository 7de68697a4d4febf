#include "prog/status-poller.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

static void
print_line(const char *name, const char *text)
{
	g_autofree char *safe = log_escape(text);

	printf("%-16s %s\n", name, safe);
}

static void
print_mailbox(const Conf *conf, const PollerMailbox *mailbox, gint64 now)
{
	bool alarm;
	g_autofree char *text = poller_view_mailbox(conf, mailbox, now, &alarm);

	if (text != NULL)
		print_line(alarm ? "alarm" : "mailbox", text);
	for (guint i = 0; i < mailbox->folders->len; i++) {
		g_autofree char *folder = poller_view_folder(mailbox, mailbox->folders->pdata[i]);

		print_line("alarm", folder);
	}
}

static gint64
backlog_of(const PollerStatus *status)
{
	gint64 sum = 0;

	for (guint i = 0; i < status->mailboxes->len; i++)
		sum += ((const PollerMailbox *)status->mailboxes->pdata[i])->backlog;
	return sum;
}

void
status_poller_text(const Conf *conf, const PollerView *view, gint64 rewind_due)
{
	const PollerStatus *status = view->status;

	if (!view->wanted)
		return;
	if (!view->running)
		puts("mailboxes        kartoteka-imapsync doesn't run: nothing is fetched");
	else
		printf("mailboxes        kartoteka-imapsync runs (pid %d) for %u of them, "
		       "%" G_GINT64_FORMAT " mails are still to be fetched\n",
		    (int)status->pid, status->mailboxes->len, backlog_of(status));
	if (rewind_due != 0)
		puts("mailboxes        the poller must be told what was restored: kartoteka "
		     "mailbox rewind");
	for (guint i = 0; view->running && i < status->mailboxes->len; i++)
		print_mailbox(conf, status->mailboxes->pdata[i], clock_ms());
}

static void
put_mailbox(Json *json, const Conf *conf, const PollerMailbox *mailbox)
{
	json_open_object(json, NULL);
	json_string(json, "login", mailbox->login);
	json_string(json, "server", mailbox->server);
	json_string(json, "state", poller_status_state_name(mailbox->state));
	json_bool(json, "late", poller_view_is_late(conf, mailbox, clock_ms()));
	json_time(json, "last_success", mailbox->last_success);
	json_int(json, "backlog", mailbox->backlog);
	json_int(json, "quarantined", mailbox->quarantined);
	json_time(json, "token_expires", mailbox->token_expires);
	json_string(json, "trouble", mailbox->trouble);
	json_open_array(json, "folders");
	for (guint i = 0; i < mailbox->folders->len; i++) {
		const PollerFolder *folder = mailbox->folders->pdata[i];

		json_open_object(json, NULL);
		json_string(json, "name", folder->name);
		json_int(json, "failures", folder->failures);
		json_string(json, "trouble", folder->trouble);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

void
status_poller_json(Json *json, const Conf *conf, const PollerView *view, gint64 rewind_due)
{
	if (!view->wanted)
		return;
	json_open_object(json, "poller");
	json_bool(json, "running", view->running);
	json_int(json, "pid", view->running ? view->status->pid : 0);
	json_time(json, "rewind_due", rewind_due);
	json_open_array(json, "mailboxes");
	for (guint i = 0; view->status != NULL && i < view->status->mailboxes->len; i++)
		put_mailbox(json, conf, view->status->mailboxes->pdata[i]);
	json_close(json);
	json_close(json);
}

/* {mailbox="..."} */
static char *
label_of(const PollerMailbox *mailbox)
{
	g_autofree char *safe = log_escape(mailbox->login);
	g_autofree char *escaped = g_strescape(safe, NULL);

	return g_strdup_printf("{mailbox=\"%s\"}", escaped);
}

static gint64
last_success(const Conf *conf, const PollerMailbox *mailbox)
{
	return mailbox->last_success / CLOCK_SECOND;
}

static gint64
backlog(const Conf *conf, const PollerMailbox *mailbox)
{
	return mailbox->backlog;
}

static gint64
trouble(const Conf *conf, const PollerMailbox *mailbox)
{
	bool alarm;
	g_autofree char *text = poller_view_mailbox(conf, mailbox, clock_ms(), &alarm);

	return text != NULL && alarm;
}

static gint64
failing_folders(const Conf *conf, const PollerMailbox *mailbox)
{
	return mailbox->folders->len;
}

static gint64
token_expires(const Conf *conf, const PollerMailbox *mailbox)
{
	return mailbox->token_expires / CLOCK_SECOND;
}

void
status_poller_prometheus(const Conf *conf, const PollerView *view)
{
	static const struct {
		const char *name, *help;
		gint64 (*value)(const Conf *, const PollerMailbox *);
	} metrics[] = {
	    {"mailbox_last_success_timestamp_seconds",
		"When a mailbox was read to its end; 0: never.", last_success},
	    {"mailbox_backlog", "Mails of a mailbox that are still to be fetched.", backlog},
	    {"mailbox_alarm", "Whether somebody must look after a mailbox.", trouble},
	    {"mailbox_failing_folders", "Folders of a mailbox that fail.", failing_folders},
	    {"mailbox_token_expires_timestamp_seconds",
		"When a mailbox must be authorized again; 0: never.", token_expires},
	};

	if (!view->wanted)
		return;
	printf("# HELP kartoteka_poller_up Whether kartoteka-imapsync runs.\n"
	       "# TYPE kartoteka_poller_up gauge\nkartoteka_poller_up %d\n",
	    view->running);
	for (gsize i = 0; view->status != NULL && i < G_N_ELEMENTS(metrics); i++) {
		printf("# HELP kartoteka_%s %s\n# TYPE kartoteka_%s gauge\n", metrics[i].name,
		    metrics[i].help, metrics[i].name);
		for (guint j = 0; j < view->status->mailboxes->len; j++) {
			const PollerMailbox *mailbox = view->status->mailboxes->pdata[j];
			g_autofree char *label = label_of(mailbox);

			printf("kartoteka_%s%s %" G_GINT64_FORMAT "\n", metrics[i].name, label,
			    metrics[i].value(conf, mailbox));
		}
	}
}
