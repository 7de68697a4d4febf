/*
 * websession: sessions of the pages (random tokens, looked up by their keyed hash), and the counters
 * that slow down guessing. For rules/login.c alone.
 */
#pragma once

#include "store/store.h"

typedef struct {
	Id user;
	gint64 created, seen, expires; /* ms */
} WebSession;

bool websession_add(StoreTx *tx, const char *token, const Id *user, gint64 expires, GError **error);
/* ERROR_DENIED when there is none. */
bool websession_get(Store *store, const char *token, WebSession *ret, GError **error);
bool websession_touch(StoreTx *tx, const char *token, GError **error);
bool websession_end(StoreTx *tx, const char *token, GError **error);
bool websession_end_user(StoreTx *tx, const Id *user, GError **error);
/* Removes those not seen since then or expired. */
bool websession_expire(StoreTx *tx, gint64 seen_before, GError **error);

#define WEBSESSION_FORM_TOKEN_SIZE 27
/* What forms carry: a keyed hash of the token. */
bool websession_form_token(
    Store *store, const char *token, char ret[static WEBSESSION_FORM_TOKEN_SIZE], GError **error);

/* Counts a try by that login or client (what: any text); *ret_count includes it, and begins anew after
 * a pause. *ret_last: the try before, 0: none. */
bool websession_count_try(StoreTx *tx, const char *what, gint64 pause, gint64 *ret_count,
    gint64 *ret_last, GError **error);
bool websession_forget_tries(StoreTx *tx, const char *what, GError **error);
/* One less, as though the last one hadn't been. */
bool websession_take_back_try(StoreTx *tx, const char *what, GError **error);
