/*
 * field: what columns of address lists are called (Outlook, Google, Thunderbird, LDIF; in English, Czech
 * and German) and how a row becomes a vCard. Pure.
 */
#pragma once

#include "rules/vcard.h"

typedef enum {
	FIELD_NONE,
	FIELD_NAME,
	FIELD_GIVEN,
	FIELD_FAMILY,
	FIELD_MIDDLE,
	FIELD_PREFIX,
	FIELD_SUFFIX,
	FIELD_NICKNAME,
	FIELD_ORGANISATION,
	FIELD_DEPARTMENT,
	FIELD_TITLE,
	FIELD_EMAIL,
	FIELD_PHONE,
	FIELD_MOBILE,
	FIELD_FAX,
	FIELD_STREET,
	FIELD_CITY,
	FIELD_REGION,
	FIELD_POSTCODE,
	FIELD_COUNTRY,
	FIELD_URL,
	FIELD_BIRTHDAY,
	FIELD_NOTE,
	FIELD_UID,
	FIELD_ROLE,
	FIELD_LAST,
} Field;

/* The field of a column, FIELD_NONE when nobody calls one so. Case, blanks and punctuation don't count. */
Field field_of_column(const char *column);

/* "email" ...: for own mappings; ERROR_INVALID names them all. */
bool field_parse(const char *name, Field *ret, GError **error);
const char *field_name(Field field);

/* A row as a card; NULL when all taken cells are empty. Cells with " ::: " (Google) hold several
 * values. */
Vcard *field_card(const Field *fields, guint n_fields, char *const *cells);
