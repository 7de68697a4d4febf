/*
 * command-find: what people name on the command line: users by login, teams and books by name, contacts
 * by id, UID or address.
 */
#pragma once

#include "prog/command.h"
#include "store/access.h"
#include "store/book.h"
#include "store/contact.h"

bool command_find_user(Command *command, const char *login, Id *ret, GError **error);
bool command_find_team(Command *command, const char *name, Id *ret, GError **error);

/* "login", or "team:NAME". */
bool command_find_holder(
    Command *command, const char *text, Id *ret, bool *ret_team, GError **error);

bool command_find_book(Command *command, const char *name_or_id, Id *ret, GError **error);

/* A contact that the session may see, by id, vCard UID or mail address; ERROR_CONFLICT when several
 * have the address. */
bool command_find_contact(Command *command, const char *text, Id *ret, GError **error);

/* The login of a user, or "team:NAME"; "?" when it can't be read. New. */
char *command_holder_name(Store *store, const Id *id, bool team);

/* text by command_time(), 0 for NULL. */
bool command_until(const char *text, gint64 *ret, GError **error);
