#include "rules/login.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/net.h"
#include "base/wish.h"
#include "crypt/password.h"
#include "crypt/token.h"
#include "store/user.h"
#include "store/websession.h"

#include <string.h>

#define PASSWORD_MIN 10 /* characters */

/* Tries before one must wait: a login's are few and the wait is short, so that nobody can lock a
 * colleague out for long; a client's are more, and the wait is long. */
#define LOGIN_TRIES 5
#define LOGIN_WAIT_MAX (60 * CLOCK_SECOND)
#define CLIENT_TRIES 20
#define CLIENT_WAIT_MAX (900 * CLOCK_SECOND)
#define PAUSE (3600 * CLOCK_SECOND) /* after that tries are forgotten */

#define MAIL_SILENCE 30 /* seconds that the mail server may take */
#define MAIL_REFUSAL                                                                               \
	(3 *                                                                                       \
	    CLOCK_SECOND) /* that a refusal takes, so that it doesn't tell whether a server was asked */

G_STATIC_ASSERT(LOGIN_TOKEN_SIZE == TOKEN_LENGTH + 1);
G_STATIC_ASSERT(LOGIN_TOKEN_SIZE == WEBSESSION_FORM_TOKEN_SIZE);

char *
login_hash_password(const char *password, GError **error)
{
	if (!g_utf8_validate(password, -1, NULL) || g_utf8_strlen(password, -1) < PASSWORD_MIN) {
		error_set(
		    error, ERROR_INVALID, "A password has at least %d characters.", PASSWORD_MIN);
		return NULL;
	}
	return password_hash(password, error);
}

/* How long one must wait after that many tries. */
static gint64
wait_after(gint64 tries, gint64 free_tries, gint64 most)
{
	gint64 over = tries - free_tries;

	if (over <= 0)
		return 0;
	return MIN(most, CLOCK_SECOND << MIN(over, 20));
}

static bool
count_try(
    StoreTx *tx, const char *kind, const char *what, gint64 free_tries, gint64 most, GError **error)
{
	g_autofree char *name = g_strconcat(kind, what, NULL);
	gint64 count, last;

	if (!websession_count_try(tx, name, PAUSE, &count, &last, error))
		return false;
	if (last != 0 && ABS(clock_ms() - last) < wait_after(count - 1, free_tries, most))
		return error_set(
		    error, ERROR_TOO_BIG, "Too many tries: wait a minute and try again.");
	return true;
}

/* Before the password is looked at, so that many tries at once count as many. A try that comes too
 * early isn't counted: its transaction ends here. */
static bool
throttle(Store *store, const char *login, const char *party, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	static const Actor nobody = {.kind = ACTOR_USER};

	return store_tx_begin(&tx, store, &nobody, NULL, error) &&
	       count_try(&tx, "login ", login, LOGIN_TRIES, LOGIN_WAIT_MAX, error) &&
	       count_try(&tx, "client ", party, CLIENT_TRIES, CLIENT_WAIT_MAX, error) &&
	       store_tx_commit(&tx, error);
}

static bool
note_sign_in(StoreTx *tx, const User *user, int result, GError **error)
{
	g_autoptr(GArray) objects = g_array_new(FALSE, FALSE, sizeof(AccessObject));
	AccessObject object = {.kind = OBJECT_USER, .id = user->id};
	AccessRow row = {
	    .actor = tx->actor,
	    .surface = SURFACE_PAGE,
	    .purpose = PURPOSE_SIGN_IN,
	    .result = result,
	    .objects = objects,
	};

	g_array_append_val(objects, object);
	return access_change(tx, &row, error);
}

static bool
refuse(Store *store, const User *user, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	static const Actor nobody = {.kind = ACTOR_USER};

	if (user != NULL &&
	    (!store_tx_begin(&tx, store, &nobody, NULL, error) ||
		!note_sign_in(&tx, user, 1 + ERROR_DENIED, error) || !store_tx_commit(&tx, error)))
		return false;
	return error_set(error, ERROR_DENIED, "The login or the password is wrong.");
}

/* The login's tries are forgotten; of the client's only this one, or who has an account of his own could guess
 * others' passwords in between. */
static bool
admit(Store *store, const User *user, const char *login, const char *party, const char *token,
    GError **error)
{
	const Conf *conf = store_conf(store);
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Actor actor = {.kind = ACTOR_USER, .user = user->id};
	g_autofree char *tries = g_strconcat("login ", login, NULL);
	g_autofree char *client_tries = g_strconcat("client ", party, NULL);

	if (!store_tx_begin(&tx, store, &actor, NULL, error))
		return false;
	return websession_forget_tries(&tx, tries, error) &&
	       websession_take_back_try(&tx, client_tries, error) &&
	       websession_expire(
		   &tx, clock_ms() - conf->web.session_lifetime * CLOCK_SECOND, error) &&
	       websession_add(&tx, token, &user->id,
		   clock_ms() + conf->web.session_maximum * CLOCK_SECOND, error) &&
	       note_sign_in(&tx, user, 0, error) && store_tx_commit(&tx, error);
}

/* Does the company's mail server take it for that user's mailbox? */
static bool
is_mail_password(const User *user, const char *password, int poller)
{
	g_autoptr(Wish) wish = wish_new(WISH_CHECK_PASSWORD);
	g_autoptr(WishReply) reply = NULL;
	g_autoptr(GError) error = NULL;

	/* A server that is asked with an empty password may say yes to nobody. */
	if (poller < 0 || user == NULL || user->state == USER_LEFT || *password == '\0')
		return false;
	wish->login = g_strdup(user->login);
	wish->password = g_strdup(password);
	reply = wish_ask_on(poller, wish, MAIL_SILENCE, &error);
	if (error != NULL && error_code(error) != ERROR_NOT_FOUND &&
	    error_code(error) != ERROR_DENIED)
		log_gerror(LOG_LEVEL_WARNING, "mail-password-unasked", error);
	return reply != NULL && strcmp(reply->value, "yes") == 0;
}

static bool
is_right(ConfSignIn how, const User *user, const char *hash, const char *password, int poller)
{
	gint64 began = clock_monotonic_ms(), left;
	bool right = how != CONF_SIGN_IN_MAIL && password_verify(hash, password);

	if (right || how == CONF_SIGN_IN_PASSWORD)
		return right;
	right = is_mail_password(user, password, poller);
	left = began + MAIL_REFUSAL - clock_monotonic_ms();
	if (!right && left > 0)
		g_usleep((gulong)left * 1000);
	return right;
}

bool
login_with_password(Store *store, const char *login, const char *password, const char *client,
    int poller, char ret_token[static LOGIN_TOKEN_SIZE], GError **error)
{
	g_autofree char *name = NULL, *hash = NULL, *token = NULL, *party = net_party(client);
	g_autoptr(User) user = NULL;
	g_autoptr(GError) why = NULL;

	if (!g_utf8_validate(login, -1, NULL) || !g_utf8_validate(password, -1, NULL) ||
	    strlen(login) > 200 || strlen(password) > PASSWORD_MAX)
		return error_set(error, ERROR_DENIED, "The login or the password is wrong.");
	name = g_utf8_casefold(login, -1);
	if (!throttle(store, name, party, error))
		return false;
	user = user_find(store, login, &why);
	if (user != NULL && user->state != USER_LEFT)
		hash = user_password(store, &user->id, &why);
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	if (!is_right((ConfSignIn)store_conf(store)->web.sign_in, user, hash, password, poller))
		return refuse(store, user, error);
	token = token_new();
	if (!admit(store, user, name, party, token, error))
		return false;
	g_strlcpy(ret_token, token, LOGIN_TOKEN_SIZE);
	return true;
}

/* Each request would cost a commit: it is enough to know it roughly. */
static bool
touch(Store *store, const Actor *actor, const char *token, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	return store_tx_begin(&tx, store, actor, NULL, error) &&
	       websession_touch(&tx, token, error) && store_tx_commit(&tx, error);
}

Session *
login_session(Store *store, const char *token, GError **error)
{
	Actor actor = {.kind = ACTOR_USER};
	gint64 lifetime = store_conf(store)->web.session_lifetime * CLOCK_SECOND;
	gint64 now = clock_ms();
	g_autoptr(GError) problem = NULL;
	WebSession found;

	if (!token_is_valid(token)) {
		error_set(error, ERROR_DENIED, "Sign in first.");
		return NULL;
	}
	if (!websession_get(store, token, &found, error))
		return NULL;
	/* What was seen in the future was seen by a clock that has been put right since. */
	if (now >= found.expires || now - found.seen >= lifetime || found.seen - now > lifetime) {
		error_set(error, ERROR_DENIED, "The session has ended: sign in again.");
		return NULL;
	}
	actor.user = found.user;
	/* A page doesn't fail because this can't be written just now. */
	if (now - found.seen > lifetime / 10 && !touch(store, &actor, token, &problem))
		log_gerror(LOG_LEVEL_INFO, "session-untouched", problem);
	return session_new(store, &actor, SURFACE_PAGE, error);
}

bool
login_csrf_token(Store *store, const char *token, char ret[static LOGIN_TOKEN_SIZE], GError **error)
{
	return websession_form_token(store, token, ret, error);
}

bool
login_check_csrf(Store *store, const char *token, const char *csrf, GError **error)
{
	char wanted[LOGIN_TOKEN_SIZE];

	if (!login_csrf_token(store, token, wanted, error))
		return false;
	return token_equal(wanted, csrf) ||
	       error_set(
		   error, ERROR_DENIED, "The form is too old or isn't ours: load the page again.");
}

bool
login_end(Store *store, const char *token, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Actor actor = {.kind = ACTOR_USER};
	WebSession found;

	if (!token_is_valid(token))
		return true;
	if (websession_get(store, token, &found, NULL))
		actor.user = found.user;
	return store_tx_begin(&tx, store, &actor, NULL, error) &&
	       websession_end(&tx, token, error) && store_tx_commit(&tx, error);
}
