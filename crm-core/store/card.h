/*
 * card: small sealed structures (a user's, team's or book's names) and names to compare. For store/ alone.
 */
#pragma once

#include "store/db.h"

/* Seals value (taken, when floating) as field "card" of a row of that table; *key_id 0: a new key is
 * claimed. */
GBytes *card_seal(
    StoreTx *tx, gint64 *key_id, const char *table, const Id *id, GVariant *value, GError **error);

/* Opens it: columns key_id and card of the statement's present row. ERROR_INTERNAL when it is not of
 * that type. */
GVariant *card_open(Store *store, DbStmt *stmt, int key_column, int card_column, const char *table,
    const Id *id, const char *type, GError **error);

/* NFC, without case and without blanks around: how names and logins are compared. New. */
char *card_fold(const char *name);

/* A string array with one entry more, or without the entry at index. New. */
char **card_with(char *const *strings, const char *more);
char **card_without(char *const *strings, guint index);
