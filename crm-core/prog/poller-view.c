#include "prog/poller-view.h"

#include "base/clock.h"
#include "prog/command.h"

#define FRESH (60 * CLOCK_SECOND) /* the poller writes its status every few seconds */
#define TOKEN_SOON (7 * CLOCK_DAY)

void
poller_view_read(const Conf *conf, PollerView *ret)
{
	*ret = (PollerView){.wanted = conf->imap_servers->len > 0};
	if (!ret->wanted)
		return;
	ret->status = poller_status_read(conf->imap.status_file, &ret->error);
	ret->running = ret->status != NULL && clock_ms() - ret->status->written < FRESH;
}

void
poller_view_clear(PollerView *view)
{
	g_clear_pointer(&view->status, poller_status_free);
	g_clear_error(&view->error);
}

bool
poller_view_is_late(const Conf *conf, const PollerMailbox *mailbox, gint64 now)
{
	gint64 good = MAX(mailbox->last_success, mailbox->since);

	return mailbox->state != POLLER_OFF && now - good > conf->imap.alarm_after * CLOCK_SECOND;
}

bool
poller_view_token_ends(const PollerMailbox *mailbox, gint64 now)
{
	return mailbox->token_expires != 0 && mailbox->token_expires - now < TOKEN_SOON;
}

static char *
late_text(const PollerMailbox *mailbox, gint64 now)
{
	g_autofree char *when = command_time_text(mailbox->last_success);

	return g_strdup_printf("The mailbox %s was read to its end %s: %s", mailbox->login,
	    mailbox->last_success != 0 ? when : "never yet",
	    mailbox->trouble != NULL ? mailbox->trouble
	    : mailbox->backlog > 0   ? "there is much to fetch."
				     : "the poller's log says more.");
}

char *
poller_view_mailbox(const Conf *conf, const PollerMailbox *mailbox, gint64 now, bool *ret_alarm)
{
	g_autofree char *when = command_time_text(mailbox->token_expires);

	*ret_alarm = true;
	if (mailbox->state == POLLER_OFF)
		return NULL;
	if (mailbox->trouble != NULL && mailbox->code == ERROR_DENIED)
		return g_strdup_printf("The server %s refuses the mailbox %s: %s", mailbox->server,
		    mailbox->login, mailbox->trouble);
	if (poller_view_token_ends(mailbox, now))
		return g_strdup_printf("The token of the mailbox %s %s %s: authorize it again, as "
				       "kartoteka-imapsync(8) tells.",
		    mailbox->login, mailbox->token_expires < now ? "ended" : "ends", when);
	/* A first walk takes as long as it takes. */
	if (poller_view_is_late(conf, mailbox, now) &&
	    (mailbox->trouble != NULL || mailbox->state != POLLER_WALKS))
		return late_text(mailbox, now);
	*ret_alarm = false;
	return mailbox->trouble != NULL
		   ? g_strdup_printf("The mailbox %s can't be read just now: %s", mailbox->login,
			 mailbox->trouble)
		   : NULL;
}

char *
poller_view_folder(const PollerMailbox *mailbox, const PollerFolder *folder)
{
	return g_strdup_printf("The folder %s of the mailbox %s fails (%" G_GINT64_FORMAT
			       " times): %s",
	    folder->name, mailbox->login, folder->failures,
	    folder->trouble != NULL ? folder->trouble : "its log says why.");
}
