/*
 * staff-address: proved addresses of users and role addresses of teams, as rows. For user.c and team.c.
 */
#pragma once

#include "store/db.h"

/* Begins: ERROR_CONFLICT when anybody of staff has the address. sql_insert has $owner, $address and
 * $revision. */
bool staff_address_begin(
    StoreTx *tx, const char *sql_insert, gint64 owner, const char *canonical, GError **error);

/* Ends, by an UPDATE with the same parameters: ERROR_NOT_FOUND when it isn't his. */
bool staff_address_end(
    StoreTx *tx, const char *sql_end, gint64 owner, const char *canonical, GError **error);
