#include "config.h"

#include "base/clock.h"
#include "prog/doctor.h"
#include "prog/poller-view.h"

#define FAILURES_MANY 3 /* in a row: it isn't a whim of the server */

static void
check_mailbox(Doctor *doctor, const Conf *conf, const PollerMailbox *mailbox, guint *well)
{
	bool alarm;
	g_autofree char *text = poller_view_mailbox(conf, mailbox, clock_ms(), &alarm);

	if (text != NULL)
		doctor_say(doctor, alarm ? DOCTOR_FAIL : DOCTOR_WARN, "mailboxes", "%s", text);
	else if (mailbox->state == POLLER_OFF)
		doctor_say(doctor, DOCTOR_WARN, "mailboxes",
		    "Nothing of the mailbox %s is taken: \"kartoteka mailbox posture\" decides it.",
		    mailbox->login);
	else if (mailbox->last_success == 0)
		doctor_say(doctor, DOCTOR_OK, "mailboxes", "The mailbox %s is being read for the first time.",
		    mailbox->login);
	else
		(*well)++;
	for (guint i = 0; i < mailbox->folders->len; i++) {
		const PollerFolder *folder = mailbox->folders->pdata[i];
		g_autofree char *said = poller_view_folder(mailbox, folder);

		doctor_say(doctor, folder->failures < FAILURES_MANY ? DOCTOR_WARN : DOCTOR_FAIL,
		    "mailboxes", "%s", said);
	}
	if (mailbox->quarantined > 0)
		doctor_say(doctor, DOCTOR_WARN, "mailboxes",
		    "%d mails of the mailbox %s couldn't be had: the poller's log names them.",
		    (int)mailbox->quarantined, mailbox->login);
}

void
doctor_check_poller(Doctor *doctor, const Conf *conf)
{
	g_auto(PollerView) view = {.status = NULL};
	guint well = 0;

	poller_view_read(conf, &view);
	if (!view.wanted)
		return;
	if (view.status == NULL) {
		doctor_say(doctor, DOCTOR_FAIL, "mailboxes", "%s",
		    error_code(view.error) == ERROR_NOT_FOUND
			? "kartoteka-imapsync has never run with this configuration: start it."
			: view.error->message);
		return;
	}
	if (!view.running) {
		doctor_say(doctor, DOCTOR_FAIL, "mailboxes",
		    "kartoteka-imapsync doesn't run: start it; nothing is fetched until then.");
		return;
	}
	for (guint i = 0; i < view.status->mailboxes->len; i++)
		check_mailbox(doctor, conf, view.status->mailboxes->pdata[i], &well);
	if (view.status->mailboxes->len == 0)
		doctor_say(doctor, DOCTOR_WARN, "mailboxes",
		    "kartoteka-imapsync runs, but the configuration names no mailbox.");
	if (well > 0)
		doctor_say(doctor, DOCTOR_OK, "mailboxes", "%u of %u are read.", well,
		    view.status->mailboxes->len);
}
