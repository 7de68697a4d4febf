/*
 * vcard: reads vCard 2.1, 3.0 and 4.0 and writes 4.0 and 3.0 (RFC 6350, RFC 2426). Pure: no Store.
 *
 * A Vcard keeps every property in its order, also those that it doesn't know, so that what came in
 * goes out again. Input: folding (soft line breaks of 2.1's quoted-printable too), CRLF, LF or CR,
 * groups, CHARSET and ENCODING of 2.1, a byte-order mark, UTF-16, and bytes that are no UTF-8 (read as
 * windows-1250). Nested cards (2.1 AGENT) are left out.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define VCARD_MAX_BYTES (8 * 1024 * 1024) /* of one card: photos */

typedef struct {
	char *name;    /* upper case */
	char **values; /* never NULL */
} VcardParam;

typedef struct {
	char *group;       /* NULL: none */
	char *name;        /* upper case */
	GPtrArray *params; /* of VcardParam */
	char *value;       /* UTF-8, with the escapes of vCard (\, \; \n) as in a file */
} VcardProperty;

typedef struct {
	GPtrArray *properties; /* of VcardProperty, without BEGIN, END and VERSION */
	guint line;            /* where it began in the input, from 1 */
} Vcard;

Vcard *vcard_new(void);
void vcard_free(Vcard *vcard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vcard, vcard_free)

/* What became of a card that can't be read. */
typedef struct {
	guint line;
	const char *text; /* a sentence without personal data */
} VcardProblem;

/* Reads a whole file. GPtrArray of Vcard; problems (GPtrArray of VcardProblem, may be NULL) gets a line
 * for each card that was left out and each line that was. ERROR_INVALID when there is no card at all in
 * it, with the line at which reading failed. */
GPtrArray *vcard_read(GBytes *bytes, GPtrArray **problems, GError **error);

/* One card from text that this program wrote. */
Vcard *vcard_parse(const char *text, GError **error);

/* The card as text, lines folded at 75 bytes, CRLF. version: 30 or 40. */
char *vcard_write(const Vcard *vcard, int version);

/* Access. name: upper case. get: first property's value unescaped, new, or NULL. */
char *vcard_get(const Vcard *vcard, const char *name);
VcardProperty *vcard_find(const Vcard *vcard, const char *name);
/* Field n (from 0) of a structured value ("Nová;Jana;;;"), unescaped, new; NULL when empty. */
char *vcard_field(const VcardProperty *property, guint n);
char *vcard_unescape(const char *value);
char *vcard_escape(const char *text);
bool vcard_has_type(const VcardProperty *property, const char *type);

/* Sets the first property of that name (made when missing; NULL text removes all of them). */
void vcard_set(Vcard *vcard, const char *name, const char *text);
VcardProperty *vcard_append(Vcard *vcard, const char *name, const char *text);
void vcard_remove(Vcard *vcard, const char *name);

/* Makes the values of that name these, in their order; "" is none. What was there keeps group and parameters: a text
 * that is the same stays as it is, another one takes the place of the one that stood there. */
void vcard_set_all(Vcard *vcard, const char *name, char *const *texts);
/* Field n (from 0) of a structured value; the others stay. The property is made when missing. */
void vcard_set_field(Vcard *vcard, const char *name, guint n, const char *text);
VcardProperty *vcard_property_new(void);
VcardProperty *vcard_property_copy(const VcardProperty *property);
void vcard_property_free(VcardProperty *property);

/* Parameters, by name in upper case: the first value, lent, or NULL; set to one value (NULL: removed). */
const char *vcard_param(const VcardProperty *property, const char *name);
void vcard_set_param(VcardProperty *property, const char *name, const char *value);

/* What people call it: FN, else made of N, else NICKNAME, ORG, first EMAIL; new, NULL when nothing. */
char *vcard_name(const Vcard *vcard);
/* Every value of a property unescaped (EMAIL, TEL with "tel:" taken off): new, NULL-terminated. */
char **vcard_all(const Vcard *vcard, const char *name);
bool vcard_is_organisation(const Vcard *vcard); /* KIND:org, or ORG alone without a person's name */
