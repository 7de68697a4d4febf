#include "rules/contact-edit.h"

#include "base/error.h"
#include "mail/address.h"
#include "rules/query.h"

#include <string.h>

#define NAME_MAX_LETTERS 1000
#define N_FAMILY 0
#define N_GIVEN 1

/* "" removes; the same text leaves the property as it is. */
static void
set_text(Vcard *card, const char *name, const char *text)
{
	g_autofree char *present = vcard_get(card, name);

	if (text == NULL || g_strcmp0(present, text) == 0)
		return;
	vcard_set(card, name, *text == '\0' ? NULL : text);
}

static bool
set_field(Vcard *card, const char *name, guint n, const char *text)
{
	const VcardProperty *property = vcard_find(card, name);
	g_autofree char *present = property == NULL ? NULL : vcard_field(property, n);

	if (text == NULL || strcmp(present == NULL ? "" : present, text) == 0)
		return false;
	vcard_set_field(card, name, n, text);
	property = vcard_find(card, name);
	if (property->value[strspn(property->value, ";")] == '\0')
		vcard_remove(card, name);
	return true;
}

/* "Given Family"; NULL unless the card has both. */
static char *
joined_parts(const Vcard *card)
{
	const VcardProperty *property = vcard_find(card, "N");
	g_autofree char *given = property == NULL ? NULL : vcard_field(property, N_GIVEN);
	g_autofree char *family = property == NULL ? NULL : vcard_field(property, N_FAMILY);

	if (given == NULL || *given == '\0' || family == NULL || *family == '\0')
		return NULL;
	return g_strconcat(given, " ", family, NULL);
}

static guint
count_blanks(const char *text)
{
	guint n = 0;

	for (; *text != '\0'; text++)
		n += *text == ' ';
	return n;
}

/* A full name of as many words as before, which was "Given Family", is split in the same place: a letter was mended. */
static bool
split_again(Vcard *card, const char *before, const char *name)
{
	g_autofree char *given = vcard_field(vcard_find(card, "N"), N_GIVEN);
	const char *family = name;
	g_autofree char *new_given = NULL;

	if (count_blanks(name) != count_blanks(before))
		return false;
	for (guint words = count_blanks(given) + 1; words > 0; words--)
		family = strchr(family, ' ') + 1;
	new_given = g_strndup(name, (gsize)(family - name - 1));
	if (*new_given == '\0' || *family == '\0')
		return false;
	set_field(card, "N", N_FAMILY, family);
	set_field(card, "N", N_GIVEN, new_given);
	return true;
}

/* A full name that is made of its parts stays so: changing either changes the other. A quite different full name ends
 * the parts that would say something else, unless they are changed with it. */
static void
set_names(Vcard *card, const ContactEdit *edit)
{
	g_autofree char *before = vcard_name(card), *joined_before = joined_parts(card);
	bool made_of_parts = joined_before != NULL && g_strcmp0(before, joined_before) == 0;
	bool parts = set_field(card, "N", N_FAMILY, edit->family);

	parts = set_field(card, "N", N_GIVEN, edit->given) || parts;
	if (edit->name == NULL || g_strcmp0(before, edit->name) == 0) {
		g_autofree char *joined = parts && made_of_parts ? joined_parts(card) : NULL;

		if (joined != NULL)
			vcard_set(card, "FN", joined);
		return;
	}
	if (*edit->name != '\0' && !parts &&
	    !(made_of_parts && split_again(card, before, edit->name)))
		vcard_remove(card, "N");
	vcard_set(card, "FN", *edit->name == '\0' ? NULL : edit->name);
}

/* An organisation whose name stands in the card a second time goes by the new one in both places. */
static void
set_organisation(Vcard *card, const ContactEdit *edit, const char *name_before)
{
	const VcardProperty *property = vcard_find(card, "ORG");
	g_autofree char *present = property == NULL ? NULL : vcard_field(property, 0);

	if (edit->organisation != NULL)
		set_field(card, "ORG", 0, edit->organisation);
	else if (edit->name != NULL && *edit->name != '\0' && present != NULL &&
		 vcard_is_organisation(card) && g_strcmp0(present, name_before) == 0)
		set_field(card, "ORG", 0, edit->name);
}

static void
set_roles(Vcard *card, int roles)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	g_auto(GStrv) all = NULL;

	if (roles < 0)
		return;
	for (int role = CONTACT_CUSTOMER; role <= CONTACT_ROLE_LAST; role++)
		if ((guint)roles & 1u << role)
			g_strv_builder_add(names, contact_role_name((ContactRole)role));
	all = g_strv_builder_end(names);
	vcard_set_all(card, "X-KARTOTEKA-ROLE", all);
}

static void
set_kind(Vcard *card, int kind)
{
	bool organisation = vcard_is_organisation(card);

	if (kind == CONTACT_ORGANISATION && !organisation)
		vcard_set(card, "KIND", "org");
	else if (kind == CONTACT_PERSON && organisation)
		vcard_set(card, "KIND", "individual");
}

bool
contact_edit_apply(const ContactEdit *edit, Vcard *card, GError **error)
{
	g_autofree char *before = vcard_name(card);

	if (edit->name != NULL && g_utf8_strlen(edit->name, -1) > NAME_MAX_LETTERS)
		return error_set(
		    error, ERROR_INVALID, "A name has at most %d characters.", NAME_MAX_LETTERS);
	set_kind(card, edit->kind);
	set_organisation(card, edit, before);
	set_names(card, edit);
	set_text(card, "TITLE", edit->title);
	set_text(card, "NOTE", edit->note);
	if (edit->addresses != NULL)
		vcard_set_all(card, "EMAIL", edit->addresses);
	if (edit->phones != NULL)
		vcard_set_all(card, "TEL", edit->phones);
	if (edit->domains != NULL)
		vcard_set_all(card, "X-KARTOTEKA-DOMAIN", edit->domains);
	if (edit->employers != NULL)
		vcard_set_all(card, "X-KARTOTEKA-EMPLOYER", edit->employers);
	set_roles(card, edit->roles);
	return true;
}

static bool
is_meant(const ContactView *view, const char *words)
{
	g_autofree char *name = query_folded(view->name), *wanted = query_folded(words);
	g_autofree char *uid = vcard_get(view->card, "UID"), *id = id_text(&view->id);

	if (strcmp(name, wanted) == 0 || strcmp(words, id) == 0 || g_strcmp0(words, uid) == 0)
		return true;
	for (char **address = view->addresses; *address != NULL; address++)
		if (g_ascii_strcasecmp(*address, words) == 0)
			return true;
	for (char **domain = view->domains; *domain != NULL; domain++)
		if (g_ascii_strcasecmp(*domain, words) == 0)
			return true;
	return false;
}

ContactView *
contact_edit_find_employer(Session *session, const char *words, GError **error)
{
	ContactQuery query = {.kind = CONTACT_ORGANISATION};
	g_autoptr(GPtrArray) all = contact_list(session->store, session->viewer, &query, error);
	g_autoptr(ContactView) found = NULL;

	if (all == NULL)
		return NULL;
	for (guint i = 0; i < all->len; i++) {
		g_autoptr(ContactView) view = contact_view_new(all->pdata[i], error);

		if (view == NULL)
			return NULL;
		if (!is_meant(view, words))
			continue;
		if (found != NULL) {
			error_set(error, ERROR_CONFLICT,
			    "Several organisations have that name: write the mail address or mail "
			    "domain of the one you mean.");
			return NULL;
		}
		found = g_steal_pointer(&view);
	}
	if (found == NULL)
		error_set(error, ERROR_NOT_FOUND,
		    "There is no organisation of that name among the contacts: add it first.");
	else
		session_note(session, OBJECT_CONTACT, &found->id);
	return g_steal_pointer(&found);
}
