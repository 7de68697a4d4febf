#include "rules/posture.h"

#include "base/published.h"
#include "rules/rights.h"
#include "store/revision.h"
#include "store/user.h"

#include <string.h>

static const char *const names[] = {"off", "headers", "known", "full"};

const char *
posture_name(Posture posture)
{
	return (guint)posture < G_N_ELEMENTS(names) ? names[posture] : names[POSTURE_OFF];
}

bool
posture_parse(const char *name, Posture *ret, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0) {
			*ret = (Posture)i;
			return true;
		}
	return error_set(error, ERROR_INVALID, "A posture is off, headers, known or full.");
}

bool
posture_change(
    Session *session, const Id *user, Posture posture, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *detail = g_strdup_printf("mailbox posture %s", posture_name(posture));

	if (!rights_require_administrator(session, error) ||
	    !rights_require_reason(reason, error) || !session_begin(session, &tx, reason, error) ||
	    !mailbox_posture_set(&tx, user, posture, error))
		return false;
	session_note(session, OBJECT_USER, user);
	return session_commit(session, &tx, PURPOSE_ADMINISTER, detail, error);
}

static void
mailbox_free(gpointer data)
{
	PostureMailbox *mailbox = data;

	g_free(mailbox->login);
	g_free(mailbox->reason);
	g_free(mailbox);
}

static bool
is_configured(const Conf *conf, const char *login)
{
	for (guint i = 0; i < conf->mailboxes->len; i++)
		if (strcmp(((const ConfMailbox *)conf->mailboxes->pdata[i])->login, login) == 0)
			return true;
	return false;
}

static PostureMailbox *
mailbox_of(Session *session, const User *user, const GArray *postures, GError **error)
{
	PostureMailbox *mailbox = g_new0(PostureMailbox, 1);

	mailbox->user = user->id;
	mailbox->login = g_strdup(user->login);
	mailbox->configured = is_configured(store_conf(session->store), user->login);
	for (guint i = 0; i < postures->len; i++) {
		const MailboxPosture *one = &g_array_index(postures, MailboxPosture, i);
		g_autoptr(Revision) revision = NULL;

		if (!id_equal(&one->user, &user->id))
			continue;
		revision = revision_get(session->store, one->begin_revision, error);
		if (revision == NULL) {
			mailbox_free(mailbox);
			return NULL;
		}
		mailbox->posture = one->posture;
		mailbox->since = one->begun;
		mailbox->reason = g_strdup(revision->reason);
	}
	return mailbox;
}

GPtrArray *
posture_list(Session *session, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(mailbox_free);
	g_autoptr(GPtrArray) users = user_list(session->store, error);
	g_autoptr(GArray) postures = mailbox_posture_list(session->store, 0, error);

	if (users == NULL || postures == NULL)
		return NULL;
	for (guint i = 0; i < users->len; i++) {
		const User *user = users->pdata[i];
		PostureMailbox *mailbox;

		if (!session->administrator && !id_equal(&session->actor.user, &user->id))
			continue;
		mailbox = mailbox_of(session, user, postures, error);
		if (mailbox == NULL)
			return NULL;
		g_ptr_array_add(list, mailbox);
		session_note(session, OBJECT_USER, &user->id);
	}
	return session_record(session, PURPOSE_ADMINISTER, "mailbox list", error)
		   ? g_steal_pointer(&list)
		   : NULL;
}

bool
posture_publish(Store *store, GError **error)
{
	g_autofree char *path =
	    g_build_filename(store_conf(store)->data.published_directory, PUBLISHED_POSTURES, NULL);
	g_autoptr(GArray) postures = mailbox_posture_list(store, 0, error);
	g_autoptr(Published) published = NULL;
	guint8 key[PUBLISHED_KEY_SIZE];

	if (postures == NULL || !mailbox_posture_published_key(store, key, error))
		return false;
	published = published_new(PUBLISHED_POSTURES, key);
	for (guint i = 0; i < postures->len; i++) {
		const MailboxPosture *one = &g_array_index(postures, MailboxPosture, i);
		g_autoptr(User) user = user_get(store, &one->user, error);
		g_autofree char *text = NULL;

		if (user == NULL)
			return false;
		text = published_login(user->login);
		published_add(published, text, posture_name(one->posture));
	}
	return published_write(published, path, store_conf(store)->imap.user, error);
}
