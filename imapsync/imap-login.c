#include "imapsync/imap-private.h"

#include "imapsync/scram.h"

#include <string.h>

static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	g_free(text);
}

/* A string that held a secret. */
typedef char Secret;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secret, wipe)

/* Capabilities
 * --------------------------------------------------------------------------------------------------------
 */

void
imap_private_forget_capabilities(Imap *imap)
{
	struct mailimap_connection_info *info = imap->session->imap_connection_info;

	if (info != NULL)
		g_clear_pointer(&info->imap_capability, mailimap_capability_data_free);
}

bool
imap_private_offers(const Imap *imap, const char *name)
{
	const struct mailimap_connection_info *info = imap->session->imap_connection_info;
	const struct mailimap_capability_data *data = info != NULL ? info->imap_capability : NULL;

	/* libetpan's own functions for this fall over an empty list. */
	if (data == NULL || data->cap_list == NULL)
		return false;
	for (clistiter *i = clist_begin(data->cap_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_capability *one = clist_content(i);
		const bool is_auth = one->cap_type == MAILIMAP_CAPABILITY_AUTH_TYPE;
		const char *offered =
		    is_auth ? one->cap_data.cap_auth_type : one->cap_data.cap_name;

		if (offered != NULL && is_auth == g_str_has_prefix(name, "AUTH=") &&
		    g_ascii_strcasecmp(offered, is_auth ? name + strlen("AUTH=") : name) == 0)
			return true;
	}
	return false;
}

bool
imap_private_need_capabilities(Imap *imap, GError **error)
{
	const struct mailimap_connection_info *info = imap->session->imap_connection_info;

	if (info != NULL && info->imap_capability != NULL)
		return true;
	imap_private_expect(imap, 0, 0, 64 * 1024, 0);
	imap_private_send(imap, "CAPABILITY");
	return imap_private_answer(imap, ERROR_TEMPORARY, "The server doesn't tell what it can",
		   error) == ANSWER_OK;
}

static void
note_capabilities(Imap *imap)
{
	static const struct {
		const char *name;
		ImapCapability can;
	} table[] = {{"IDLE", IMAP_CAN_IDLE}, {"CONDSTORE", IMAP_CAN_CONDSTORE},
	    {"QRESYNC", IMAP_CAN_CONDSTORE}, {"ESEARCH", IMAP_CAN_ESEARCH},
	    {"SPECIAL-USE", IMAP_CAN_SPECIAL_USE}, {"LIST-STATUS", IMAP_CAN_LIST_STATUS},
	    {"X-GM-EXT-1", IMAP_CAN_GMAIL}, {"SASL-IR", IMAP_CAN_SASL_IR},
	    {"LITERAL+", IMAP_CAN_LITERAL_PLUS}};

	imap->capabilities = 0;
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (imap_private_offers(imap, table[i].name))
			imap->capabilities |= table[i].can;
}

/* Says who we are, which some servers insist on (RFC 2971), and switches on what helps. The answers are read with that to the
 * next command: no round trip. */
static void
enable(Imap *imap)
{
	const char *const wanted[] = {"QRESYNC", "CONDSTORE", "UTF8=ACCEPT"};
	g_autoptr(GString) list = g_string_new(NULL);

	if (imap_private_offers(imap, "ID")) {
		imap_private_send(imap, "ID (\"name\" \"Kartoteka\")");
		imap->unwatched++;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
		if (imap_private_offers(imap, wanted[i]))
			g_string_append_printf(list, " %s", wanted[i]);
	if (list->len > 0 && imap_private_offers(imap, "ENABLE")) {
		imap_private_send(imap, "ENABLE%s", list->str);
		imap->unwatched++;
	}
}

/* SASL
 * --------------------------------------------------------------------------------------------------------
 */

/* What the server wants to hear now; with another "+" than that, or none, ours is over. */
static bool
step(Imap *imap, const char *response, gsize length, GError **error)
{
	g_autoptr(Secret) encoded = g_base64_encode((const guint8 *)response, length);
	g_autoptr(Secret) line = g_strconcat(encoded, "\r\n", NULL);

	return imap_private_write(imap, line, strlen(line), error);
}

/* AUTHENTICATE with its first message; false with *ret_challenge NULL and no error: the server has answered. The challenge
 * behind it is decoded and newly allocated. */
static bool
begin_sasl(Imap *imap, const char *mechanism, const char *first, gsize length, char **ret_challenge,
    GError **error)
{
	g_autoptr(Secret) encoded = g_base64_encode((const guint8 *)first, length);
	const char *text = "";
	gsize ignored;

	if ((imap->capabilities & IMAP_CAN_SASL_IR) != 0) {
		imap_private_send(imap, "AUTHENTICATE %s %s", mechanism, encoded);
	} else {
		imap_private_send(imap, "AUTHENTICATE %s", mechanism);
		if (!imap_private_continuation(imap, &text, error) ||
		    (text != NULL && !step(imap, first, length, error)))
			return false;
	}
	if (text != NULL && !imap_private_continuation(imap, &text, error))
		return false;
	*ret_challenge = text != NULL ? (char *)g_base64_decode(text, &ignored) : NULL;
	return true;
}

/* The next challenge after our response; as begin_sasl(). */
static bool
go_on(Imap *imap, const char *response, char **ret_challenge, GError **error)
{
	const char *text;
	gsize ignored;

	if (!step(imap, response, strlen(response), error) ||
	    !imap_private_continuation(imap, &text, error))
		return false;
	*ret_challenge = text != NULL ? (char *)g_base64_decode(text, &ignored) : NULL;
	return true;
}

static bool
end_login(Imap *imap, GError **error)
{
	return imap_private_answer(imap, ERROR_DENIED, "The log-in failed", error) == ANSWER_OK;
}

static bool
login_plain(Imap *imap, const char *user, const char *authorize, const char *secret, GError **error)
{
	g_autoptr(GString) message = g_string_new(authorize);
	g_autofree char *challenge = NULL;
	bool ok;

	g_string_append_c(message, '\0');
	g_string_append(message, user);
	g_string_append_c(message, '\0');
	g_string_append(message, secret);
	ok = begin_sasl(imap, "PLAIN", message->str, message->len, &challenge, error);
	explicit_bzero(message->str, message->len);
	if (ok && challenge != NULL)
		return imap_private_die(
		    imap, error, ERROR_INVALID, "%s wants more than PLAIN has to say.", imap->host);
	return ok && end_login(imap, error);
}

static bool
login_scram(Imap *imap, GChecksumType hash, const char *user, const char *authorize,
    const char *secret, GError **error)
{
	g_autoptr(Scram) scram = scram_new(hash, user, authorize, secret, NULL);
	g_autofree char *first = scram_first(scram);
	g_autofree char *challenge = NULL, *final = NULL, *proof = NULL, *more = NULL;

	if (!begin_sasl(imap, hash == G_CHECKSUM_SHA256 ? "SCRAM-SHA-256" : "SCRAM-SHA-1", first,
		strlen(first), &challenge, error))
		return false;
	if (challenge == NULL)
		return end_login(imap, error);
	final = scram_final(scram, challenge, &imap->failure);
	if (final == NULL)
		return imap_private_die(imap, error, ERROR_INVALID, "SCRAM failed.");
	if (!go_on(imap, final, &proof, error))
		return false;
	if (proof == NULL) {
		/* Without the server's proof even "OK" is a refusal. */
		if (end_login(imap, error))
			imap_private_die(imap, error, ERROR_INVALID,
			    "%s doesn't prove that it knows the password.", imap->host);
		return false;
	}
	if (!scram_verify(scram, proof, &imap->failure))
		return imap_private_die(imap, error, ERROR_INVALID, "SCRAM failed.");
	if (!go_on(imap, "", &more, error))
		return false;
	return end_login(imap, error);
}

static bool
login_xoauth2(Imap *imap, const char *user, const char *token, GError **error)
{
	g_autoptr(Secret) message =
	    g_strdup_printf("user=%s\001auth=Bearer %s\001\001", user, token);
	g_autofree char *challenge = NULL, *more = NULL;

	if (!begin_sasl(imap, "XOAUTH2", message, strlen(message), &challenge, error))
		return false;
	/* A challenge tells why the token is refused; the tagged line comes after an empty response. */
	if (challenge != NULL && !go_on(imap, "", &more, error))
		return false;
	return end_login(imap, error);
}

/* LOGIN
 * --------------------------------------------------------------------------------------------------------
 */

/* text as a quoted string, or as a literal where it can't be one: then after the server's "+". */
static bool
write_string(Imap *imap, const char *text, GError **error)
{
	g_autoptr(Secret) quoted = imap_private_quote(text);
	const bool plus = (imap->capabilities & IMAP_CAN_LITERAL_PLUS) != 0;
	g_autofree char *literal = g_strdup_printf("{%zu%s}\r\n", strlen(text), plus ? "+" : "");
	const char *more = "";

	if (g_str_is_ascii(text))
		return imap_private_write(imap, quoted, strlen(quoted), error);
	if (!imap_private_write(imap, literal, strlen(literal), error) ||
	    (!plus && !imap_private_continuation(imap, &more, error)))
		return false;
	return more == NULL || imap_private_write(imap, text, strlen(text), error);
}

static bool
login_login(Imap *imap, const char *user, const char *secret, GError **error)
{
	imap_private_begin(imap, "LOGIN ");
	return write_string(imap, user, error) &&
	       (imap->line_read || imap_private_write(imap, " ", 1, error)) &&
	       (imap->line_read || write_string(imap, secret, error)) &&
	       (imap->line_read || imap_private_write(imap, "\r\n", 2, error)) &&
	       end_login(imap, error);
}

/* Which
 * --------------------------------------------------------------------------------------------------------
 */

static bool
choose(Imap *imap, ImapLoginMethod *method, GError **error)
{
	static const struct {
		ImapLoginMethod method;
		const char *mechanism; /* NULL: the command LOGIN */
		bool by_password;
	} table[] = {{IMAP_LOGIN_PLAIN, "AUTH=PLAIN", true}, {IMAP_LOGIN_LOGIN, NULL, true},
	    {IMAP_LOGIN_SCRAM_SHA_256, "AUTH=SCRAM-SHA-256", true},
	    {IMAP_LOGIN_SCRAM_SHA_1, "AUTH=SCRAM-SHA-1", true},
	    {IMAP_LOGIN_XOAUTH2, "AUTH=XOAUTH2", false}};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		const bool wanted = *method == table[i].method ||
				    (*method == IMAP_LOGIN_PASSWORD && table[i].by_password);

		if (wanted &&
		    (table[i].mechanism != NULL ? imap_private_offers(imap, table[i].mechanism)
						: !imap_private_offers(imap, "LOGINDISABLED"))) {
			*method = table[i].method;
			return true;
		}
	}
	return error_set(error, ERROR_INVALID,
	    "%s doesn't offer the way of logging in that is set.", imap->host);
}

static bool
is_clean(const char *text)
{
	return text != NULL && strpbrk(text, "\r\n\001") == NULL && g_utf8_validate(text, -1, NULL);
}

static bool
run_method(Imap *imap, ImapLoginMethod method, const ImapLogin *login, GError **error)
{
	g_autofree char *joined =
	    login->master != NULL && login->master_separator != NULL
		? g_strconcat(login->user, login->master_separator, login->master, NULL)
		: NULL;
	const char *user = joined != NULL          ? joined
			   : login->master != NULL ? login->master
						   : login->user;
	const char *authorize = joined == NULL && login->master != NULL ? login->user : NULL;

	switch (method) {
	case IMAP_LOGIN_SCRAM_SHA_256:
		return login_scram(imap, G_CHECKSUM_SHA256, user, authorize, login->secret, error);
	case IMAP_LOGIN_SCRAM_SHA_1:
		return login_scram(imap, G_CHECKSUM_SHA1, user, authorize, login->secret, error);
	case IMAP_LOGIN_XOAUTH2:
		return login_xoauth2(imap, login->user, login->secret, error);
	case IMAP_LOGIN_LOGIN:
		if (authorize != NULL)
			return error_set(error, ERROR_INVALID,
			    "LOGIN can't name a master user beside the user: set a separator, or "
			    "use another method.");
		return login_login(imap, user, login->secret, error);
	default:
		return login_plain(imap, user, authorize, login->secret, error);
	}
}

bool
imap_login(Imap *imap, const ImapLogin *login, GError **error)
{
	ImapLoginMethod method = login->method;
	bool ok;

	if (!imap_alive(imap))
		return imap_private_die(imap, error, ERROR_TEMPORARY, "There is no connection.");
	if (!is_clean(login->user) || !is_clean(login->secret) ||
	    (login->master != NULL && !is_clean(login->master)))
		return error_set(error, ERROR_INVALID,
		    "A user, master user or password holds a line break or is no UTF-8.");
	if (!imap_private_need_capabilities(imap, error))
		return false;
	note_capabilities(imap);
	if (!choose(imap, &method, error))
		return false;
	imap_private_forget_capabilities(imap);
	imap_private_expect(imap, 0, 0, 64 * 1024, 0);
	ok = run_method(imap, method, login, error);
	explicit_bzero(
	    imap->session->imap_stream->write_buffer, imap->session->imap_stream->buffer_max_size);
	if (!ok || !imap_private_need_capabilities(imap, error))
		return false;
	note_capabilities(imap);
	imap->logged_in = true;
	enable(imap);
	return true;
}
