#include "milter/session.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mark.h"

#include <libmilter/mfapi.h>
#include <arpa/inet.h>
#include <string.h>

typedef struct {
	unsigned long quiet;  /* SMFIP_NR_*: stages at which the MTA waits for no answer */
	bool leading_space;   /* header values come with the blank after the colon */
	char *client_address; /* NULL: local submission */
	char *client_name, *helo;
	Message *message; /* NULL: between two mails */
} Session;

/* More fields to be taken out are no mistake of anybody's: an MTA looks through the whole header for each. */
#define MARKS_MAX 100

/* libmilter has no place for it but the connection's, which it makes itself. */
static const Milter *milter;

#define QUIET_STAGES                                                                               \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR |            \
	    SMFIP_NR_EOH | SMFIP_NR_BODY)

/* An MTA of an old protocol negotiates nothing. */
static Session *
session_of(SMFICTX *ctx)
{
	Session *session = smfi_getpriv(ctx);

	if (session == NULL) {
		session = g_new0(Session, 1);
		smfi_setpriv(ctx, session);
	}
	return session;
}

static sfsistat
go_on(const Session *session, unsigned long stage)
{
	return (session->quiet & stage) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static void
ask_for_macros(SMFICTX *ctx)
{
	static const struct {
		int stage;
		const char *names;
	} table[] = {
	    {SMFIM_CONNECT, "{client_addr} {client_name}"},
	    {SMFIM_HELO, "{client_addr}"},
	    {SMFIM_ENVFROM, "i {auth_authen} {auth_type} {mail_addr}"},
	    {SMFIM_ENVRCPT, "i {rcpt_addr}"},
	    {SMFIM_EOH, "i"},
	    {SMFIM_EOM, "i"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *names = g_strdup(table[i].names);

		smfi_setsymlist(ctx, table[i].stage, names);
	}
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
    unsigned long f3, unsigned long *wanted_actions, unsigned long *wanted_steps,
    unsigned long *pf2, unsigned long *pf3)
{
	Session *session;

	if ((actions & SMFIF_CHGHDRS) == 0) {
		log_error("negotiate", "text=\"The MTA doesn't allow header changes; private marks "
				       "could leave the company.\"");
		return SMFIS_REJECT;
	}
	session = session_of(ctx);
	session->quiet = steps & QUIET_STAGES;
	session->leading_space = (steps & SMFIP_HDR_LEADSPC) != 0;
	*wanted_actions = SMFIF_CHGHDRS;
	if ((actions & SMFIF_SETSYMLIST) != 0) {
		*wanted_actions |= SMFIF_SETSYMLIST;
		ask_for_macros(ctx);
	}
	*wanted_steps = steps & (QUIET_STAGES | SMFIP_HDR_LEADSPC | SMFIP_NOUNKNOWN | SMFIP_NODATA);
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}

static char *
address_text(const _SOCK_ADDR *address)
{
	char text[INET6_ADDRSTRLEN] = "";
	const struct sockaddr *any = (const struct sockaddr *)address;

	if (any == NULL)
		return NULL;
	if (any->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)any)->sin_addr, text, sizeof text);
	else if (any->sa_family == AF_INET6)
		inet_ntop(
		    AF_INET6, &((const struct sockaddr_in6 *)any)->sin6_addr, text, sizeof text);
	return *text != '\0' ? g_strdup(text) : NULL;
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	Session *session = session_of(ctx);

	g_free(session->client_address);
	g_free(session->client_name);
	session->client_address = address_text(address);
	session->client_name = g_strdup(name);
	return go_on(session, SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *helo)
{
	Session *session = session_of(ctx);

	g_free(session->helo);
	session->helo = g_strdup(helo);
	return go_on(session, SMFIP_NR_HELO);
}

/* "@relay.example:a@b" as "a@b": a route is to be ignored (RFC 5321, 4.1.1.3), and Postfix does, but tells it. */
static const char *
past_route(const char *address)
{
	const char *colon = *address == '@' ? strchr(address, ':') : NULL;

	return colon != NULL ? colon + 1 : address;
}

/* "<a@b>" or "a@b" as "a@b". What has no "@" (a local name) is taken as the MTA has completed it, if it says so. */
static char *
bare_address(SMFICTX *ctx, const char *text, const char *macro)
{
	gsize length = strlen(text);
	g_autofree char *inner = NULL;
	const char *completed;

	if (length >= 2 && text[0] == '<' && text[length - 1] == '>')
		text = inner = g_strndup(text + 1, length - 2);
	text = past_route(text);
	if (*text == '\0' || strchr(text, '@') != NULL)
		return g_strdup(text);
	completed = smfi_getsymval(ctx, (char *)macro);
	return g_strdup(completed != NULL && strchr(completed, '@') != NULL ? completed : text);
}

static char *
joined_params(char **argv)
{
	return argv[0] != NULL && argv[1] != NULL ? g_strjoinv(" ", argv + 1) : NULL;
}

static char *
macro_or_null(SMFICTX *ctx, const char *name)
{
	const char *value = smfi_getsymval(ctx, (char *)name);

	return value != NULL && *value != '\0' ? g_strdup(value) : NULL;
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	Session *session = session_of(ctx);
	SpoolEntry *entry = spool_entry_new(SPOOL_MAIL, SPOOL_SMTP);

	entry->sender = bare_address(ctx, argv[0] != NULL ? argv[0] : "", "{mail_addr}");
	entry->sender_params = joined_params(argv);
	entry->login = macro_or_null(ctx, "{auth_authen}");
	entry->login_type = macro_or_null(ctx, "{auth_type}");
	entry->client_address = g_strdup(session->client_address);
	entry->client_name = g_strdup(session->client_name);
	entry->helo = g_strdup(session->helo);
	g_strfreev(entry->authserv_ids);
	entry->authserv_ids = g_strdupv(milter->conf->milter.trusted_authserv_ids);
	message_free(session->message);
	session->message = message_new(milter, entry);
	return go_on(session, SMFIP_NR_MAIL);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	Session *session = session_of(ctx);
	g_autofree char *address = bare_address(ctx, argv[0] != NULL ? argv[0] : "", "{rcpt_addr}");
	g_autofree char *params = joined_params(argv);

	if (session->message != NULL)
		message_add_recipient(session->message, address, params);
	return go_on(session, SMFIP_NR_RCPT);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	Session *session = session_of(ctx);
	g_autofree char *with_blank = NULL;

	if (session->message == NULL)
		return go_on(session, SMFIP_NR_HDR);
	if (!session->leading_space)
		value = with_blank = g_strconcat(" ", value, NULL);
	message_add_header(session->message, name, value);
	return go_on(session, SMFIP_NR_HDR);
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
	Session *session = session_of(ctx);

	if (session->message != NULL)
		message_end_header(session->message);
	return go_on(session, SMFIP_NR_EOH);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t length)
{
	Session *session = session_of(ctx);

	if (session->message != NULL)
		message_add_body(session->message, data, length);
	return go_on(session, SMFIP_NR_BODY);
}

static int answers_pending;

bool
session_busy(void)
{
	return g_atomic_int_get(&answers_pending) > 0;
}

/* From the last to the first, because each removal renumbers those behind it. */
static bool
remove_marks(SMFICTX *ctx, guint marks)
{
	for (guint i = marks; i > 0; i--)
		if (smfi_chgheader(ctx, MARK_HEADER, (int)i, NULL) != MI_SUCCESS)
			return false;
	return true;
}

static sfsistat
tempfail(SMFICTX *ctx)
{
	smfi_setreply(
	    ctx, "451", "4.3.0", "The mail can't be filed at the moment, please try again later");
	return SMFIS_TEMPFAIL;
}

static sfsistat
refuse(SMFICTX *ctx, const char *queue_id)
{
	log_warning("refused", "queue=%s text=\"It has more than %d fields %s.\"",
	    queue_id != NULL ? queue_id : "-", MARKS_MAX, MARK_HEADER);
	smfi_setreply(ctx, "554", "5.6.0", "The mail has too many " MARK_HEADER " fields");
	return SMFIS_REJECT;
}

static sfsistat
on_end_of_message(SMFICTX *ctx)
{
	Session *session = session_of(ctx);
	g_autoptr(Message) message = g_steal_pointer(&session->message);
	MessageResult result;

	if (message == NULL)
		return tempfail(ctx);
	if (message_count_marks(message) > MARKS_MAX)
		return refuse(ctx, smfi_getsymval(ctx, "i"));
	if (!remove_marks(ctx, message_count_marks(message))) {
		log_error("mark-stays", "text=\"The MTA refused to remove %s.\"", MARK_HEADER);
		return tempfail(ctx);
	}
	g_atomic_int_inc(&answers_pending);
	result = message_finish(message, smfi_getsymval(ctx, "i"));
	g_atomic_int_add(&answers_pending, -1);
	return result == MESSAGE_TEMPFAIL ? tempfail(ctx) : SMFIS_CONTINUE;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	Session *session = session_of(ctx);

	g_clear_pointer(&session->message, message_free);
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	Session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_CONTINUE;
	smfi_setpriv(ctx, NULL);
	message_free(session->message);
	g_free(session->client_address);
	g_free(session->client_name);
	g_free(session->helo);
	g_free(session);
	return SMFIS_CONTINUE;
}

bool
session_register(const Milter *shared, GError **error)
{
	static struct smfiDesc description = {
	    .xxfi_name = "kartoteka",
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_flags = SMFIF_CHGHDRS,
	    .xxfi_connect = on_connect,
	    .xxfi_helo = on_helo,
	    .xxfi_envfrom = on_mail,
	    .xxfi_envrcpt = on_rcpt,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_end_of_header,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_end_of_message,
	    .xxfi_abort = on_abort,
	    .xxfi_close = on_close,
	    .xxfi_negotiate = on_negotiate,
	};

	milter = shared;
	if (smfi_register(description) != MI_SUCCESS)
		return error_set(
		    error, ERROR_INTERNAL, "libmilter doesn't take the filter's description.");
	return true;
}
