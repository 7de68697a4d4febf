#include "rules/field.h"

#include "base/error.h"

#include <string.h>

static const char *const names[FIELD_LAST] = {
    [FIELD_NONE] = "none",
    [FIELD_NAME] = "name",
    [FIELD_GIVEN] = "given",
    [FIELD_FAMILY] = "family",
    [FIELD_MIDDLE] = "middle",
    [FIELD_PREFIX] = "prefix",
    [FIELD_SUFFIX] = "suffix",
    [FIELD_NICKNAME] = "nickname",
    [FIELD_ORGANISATION] = "organisation",
    [FIELD_DEPARTMENT] = "department",
    [FIELD_TITLE] = "title",
    [FIELD_EMAIL] = "email",
    [FIELD_PHONE] = "phone",
    [FIELD_MOBILE] = "mobile",
    [FIELD_FAX] = "fax",
    [FIELD_STREET] = "street",
    [FIELD_CITY] = "city",
    [FIELD_REGION] = "region",
    [FIELD_POSTCODE] = "postcode",
    [FIELD_COUNTRY] = "country",
    [FIELD_URL] = "url",
    [FIELD_BIRTHDAY] = "birthday",
    [FIELD_NOTE] = "note",
    [FIELD_UID] = "uid",
    [FIELD_ROLE] = "role",
};

/* clang-format off */
/* Column names without blanks and punctuation, in lower case and without digits. The more exact stand
 * first; a field's own name is always one. */
static const struct {
	const char *column;
	Field field;
} columns[] = {
    {"fullname", FIELD_NAME}, {"displayname", FIELD_NAME}, {"fileas", FIELD_NAME},
    {"cn", FIELD_NAME}, {"celéjméno", FIELD_NAME}, {"zobrazovanéjméno", FIELD_NAME},
    {"jménoapříjmení", FIELD_NAME}, {"anzeigename", FIELD_NAME},
    {"firstname", FIELD_GIVEN}, {"givenname", FIELD_GIVEN}, {"křestníjméno", FIELD_GIVEN},
    {"jméno", FIELD_GIVEN}, {"vorname", FIELD_GIVEN},
    {"lastname", FIELD_FAMILY}, {"familyname", FIELD_FAMILY}, {"surname", FIELD_FAMILY},
    {"sn", FIELD_FAMILY}, {"příjmení", FIELD_FAMILY}, {"nachname", FIELD_FAMILY},
    {"middlename", FIELD_MIDDLE}, {"additionalname", FIELD_MIDDLE},
    {"druhéjméno", FIELD_MIDDLE}, {"prostřednijméno", FIELD_MIDDLE},
    {"nameprefix", FIELD_PREFIX}, {"salutation", FIELD_PREFIX}, {"titulpředjménem", FIELD_PREFIX},
    {"namesuffix", FIELD_SUFFIX}, {"titulzajménem", FIELD_SUFFIX},
    {"přezdívka", FIELD_NICKNAME}, {"spitzname", FIELD_NICKNAME},
    {"mozillanickname", FIELD_NICKNAME},
    {"organization", FIELD_ORGANISATION}, {"organizationname", FIELD_ORGANISATION},
    {"company", FIELD_ORGANISATION}, {"o", FIELD_ORGANISATION},
    {"společnost", FIELD_ORGANISATION}, {"firma", FIELD_ORGANISATION},
    {"organizace", FIELD_ORGANISATION},
    {"organizationdepartment", FIELD_DEPARTMENT}, {"ou", FIELD_DEPARTMENT},
    {"oddělení", FIELD_DEPARTMENT}, {"abteilung", FIELD_DEPARTMENT},
    {"jobtitle", FIELD_TITLE}, {"organizationtitle", FIELD_TITLE}, {"position", FIELD_TITLE},
    {"funkce", FIELD_TITLE}, {"pozice", FIELD_TITLE}, {"pracovnífunkce", FIELD_TITLE},
    {"emailaddress", FIELD_EMAIL}, {"emailvalue", FIELD_EMAIL}, {"mail", FIELD_EMAIL},
    {"primaryemail", FIELD_EMAIL}, {"secondaryemail", FIELD_EMAIL},
    {"additionalemail", FIELD_EMAIL}, {"mozillasecondemail", FIELD_EMAIL},
    {"emailováadresa", FIELD_EMAIL}, {"emailadresse", FIELD_EMAIL},
    {"phonevalue", FIELD_PHONE}, {"phonenumber", FIELD_PHONE}, {"telephone", FIELD_PHONE},
    {"telephonenumber", FIELD_PHONE}, {"businessphone", FIELD_PHONE}, {"workphone", FIELD_PHONE},
    {"homephone", FIELD_PHONE}, {"telefon", FIELD_PHONE}, {"telefondozaměstnání", FIELD_PHONE},
    {"telefondomů", FIELD_PHONE}, {"telefonpráce", FIELD_PHONE}, {"tel", FIELD_PHONE},
    {"mobilephone", FIELD_MOBILE}, {"mobilenumber", FIELD_MOBILE}, {"mobil", FIELD_MOBILE},
    {"mobilnítelefon", FIELD_MOBILE}, {"cellphone", FIELD_MOBILE},
    {"businessfax", FIELD_FAX}, {"homefax", FIELD_FAX}, {"faxnumber", FIELD_FAX},
    {"facsimiletelephonenumber", FIELD_FAX},
    {"businessstreet", FIELD_STREET}, {"addressstreet", FIELD_STREET},
    {"streetaddress", FIELD_STREET}, {"workaddress", FIELD_STREET}, {"ulice", FIELD_STREET},
    {"ulicezaměstnání", FIELD_STREET}, {"address", FIELD_STREET},
    {"businesscity", FIELD_CITY}, {"addresscity", FIELD_CITY}, {"workcity", FIELD_CITY},
    {"l", FIELD_CITY}, {"město", FIELD_CITY}, {"obec", FIELD_CITY}, {"ort", FIELD_CITY},
    {"businessstate", FIELD_REGION}, {"addressregion", FIELD_REGION},
    {"workstate", FIELD_REGION}, {"state", FIELD_REGION}, {"kraj", FIELD_REGION},
    {"businesspostalcode", FIELD_POSTCODE}, {"addresspostalcode", FIELD_POSTCODE},
    {"workzipcode", FIELD_POSTCODE}, {"postalcode", FIELD_POSTCODE}, {"zip", FIELD_POSTCODE},
    {"zipcode", FIELD_POSTCODE}, {"psč", FIELD_POSTCODE}, {"plz", FIELD_POSTCODE},
    {"businesscountryregion", FIELD_COUNTRY}, {"addresscountry", FIELD_COUNTRY},
    {"workcountry", FIELD_COUNTRY}, {"země", FIELD_COUNTRY}, {"stát", FIELD_COUNTRY},
    {"webpage", FIELD_URL}, {"website", FIELD_URL}, {"websitevalue", FIELD_URL},
    {"web", FIELD_URL}, {"labeleduri", FIELD_URL}, {"webovástránka", FIELD_URL},
    {"bday", FIELD_BIRTHDAY}, {"narozeniny", FIELD_BIRTHDAY}, {"datumnarození", FIELD_BIRTHDAY},
    {"notes", FIELD_NOTE}, {"description", FIELD_NOTE}, {"comment", FIELD_NOTE},
    {"poznámka", FIELD_NOTE}, {"poznámky", FIELD_NOTE}, {"notizen", FIELD_NOTE},
    {"contactid", FIELD_UID}, {"id", FIELD_UID},
};
/* clang-format on */

/* Lower case, letters only; an escape of Google ("E-mail 1 - Value") loses its number. */
static char *
fold_column(const char *column)
{
	g_autofree char *lower = g_utf8_strdown(column, -1);
	g_autofree char *normal = g_utf8_normalize(lower, -1, G_NORMALIZE_ALL_COMPOSE);
	GString *folded = g_string_new(NULL);

	for (const char *p = normal; p != NULL && *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (g_unichar_isalpha(c))
			g_string_append_unichar(folded, c);
	}
	return g_string_free(folded, FALSE);
}

Field
field_of_column(const char *column)
{
	g_autofree char *folded = fold_column(column);

	for (int field = FIELD_NONE + 1; field < FIELD_LAST; field++)
		if (strcmp(folded, names[field]) == 0)
			return (Field)field;
	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
		if (strcmp(folded, columns[i].column) == 0)
			return columns[i].field;
	return FIELD_NONE;
}

const char *
field_name(Field field)
{
	return names[field];
}

bool
field_parse(const char *name, Field *ret, GError **error)
{
	g_autofree char *all = NULL;

	for (int field = FIELD_NONE; field < FIELD_LAST; field++)
		if (strcmp(name, names[field]) == 0) {
			*ret = (Field)field;
			return true;
		}
	all = g_strjoinv(", ", (char **)names + 1);
	return error_set(error, ERROR_INVALID, "There is no such field: it is one of %s.", all);
}

/* Puts text into place n of a structured value, unless something stands there: of two addresses the
 * first is taken. */
static void
put(char **parts, guint n, const char *text)
{
	if (parts[n] == NULL)
		parts[n] = g_strdup(text);
}

static void
append_structured(Vcard *card, const char *name, char *const *parts, guint n)
{
	g_autoptr(GString) value = g_string_new(NULL);
	VcardProperty *property;
	bool any = false;

	for (guint i = 0; i < n; i++) {
		g_autofree char *escaped = vcard_escape(parts[i] == NULL ? "" : parts[i]);

		g_string_append_printf(value, "%s%s", i > 0 ? ";" : "", escaped);
		any = any || parts[i] != NULL;
	}
	if (!any)
		return;
	property = vcard_append(card, name, "");
	g_free(property->value);
	property->value = g_strdup(value->str);
}

static void
append_typed(Vcard *card, const char *name, const char *text, const char *type)
{
	VcardProperty *property = vcard_append(card, name, text);
	VcardParam *param;

	if (type == NULL)
		return;
	param = g_new0(VcardParam, 1);
	param->name = g_strdup("TYPE");
	param->values = g_strsplit(type, ",", -1);
	g_ptr_array_add(property->params, param);
}

typedef struct {
	char *name[5];    /* family, given, middle, prefix, suffix */
	char *address[7]; /* of ADR */
	char *organisation[2];
} Parts;

static void
put_value(Vcard *card, Parts *parts, Field field, const char *text)
{
	static const char *const simple[FIELD_LAST] = {
	    [FIELD_NAME] = "FN",
	    [FIELD_NICKNAME] = "NICKNAME",
	    [FIELD_TITLE] = "TITLE",
	    [FIELD_EMAIL] = "EMAIL",
	    [FIELD_URL] = "URL",
	    [FIELD_BIRTHDAY] = "BDAY",
	    [FIELD_NOTE] = "NOTE",
	    [FIELD_UID] = "UID",
	    [FIELD_ROLE] = "X-KARTOTEKA-ROLE",
	    [FIELD_PHONE] = "TEL",
	};
	static const int in_name[FIELD_LAST] = {[FIELD_FAMILY] = 1,
	    [FIELD_GIVEN] = 2,
	    [FIELD_MIDDLE] = 3,
	    [FIELD_PREFIX] = 4,
	    [FIELD_SUFFIX] = 5};
	static const int in_address[FIELD_LAST] = {[FIELD_STREET] = 3,
	    [FIELD_CITY] = 4,
	    [FIELD_REGION] = 5,
	    [FIELD_POSTCODE] = 6,
	    [FIELD_COUNTRY] = 7};

	if (in_name[field] > 0)
		put(parts->name, (guint)in_name[field] - 1, text);
	else if (in_address[field] > 0)
		put(parts->address, (guint)in_address[field] - 1, text);
	else if (field == FIELD_ORGANISATION || field == FIELD_DEPARTMENT)
		put(parts->organisation, field == FIELD_DEPARTMENT, text);
	else if (field == FIELD_MOBILE)
		append_typed(card, "TEL", text, "cell");
	else if (field == FIELD_FAX)
		append_typed(card, "TEL", text, "fax");
	else if (simple[field] != NULL &&
		 (field == FIELD_EMAIL || field == FIELD_PHONE || field == FIELD_ROLE ||
		     vcard_find(card, simple[field]) == NULL))
		vcard_append(card, simple[field], text);
}

Vcard *
field_card(const Field *fields, guint n_fields, char *const *cells)
{
	g_autoptr(Vcard) card = vcard_new();
	Parts parts = {{0}};

	for (guint i = 0; i < n_fields && cells[i] != NULL; i++) {
		g_auto(GStrv) values = g_strsplit(cells[i], ":::", -1);

		for (char **value = values; fields[i] != FIELD_NONE && *value != NULL; value++)
			if (*g_strstrip(*value) != '\0')
				put_value(card, &parts, fields[i], *value);
	}
	append_structured(card, "N", parts.name, G_N_ELEMENTS(parts.name));
	append_structured(card, "ORG", parts.organisation, parts.organisation[1] != NULL ? 2 : 1);
	append_structured(card, "ADR", parts.address, G_N_ELEMENTS(parts.address));
	for (guint i = 0; i < G_N_ELEMENTS(parts.name); i++)
		g_free(parts.name[i]);
	for (guint i = 0; i < G_N_ELEMENTS(parts.address); i++)
		g_free(parts.address[i]);
	for (guint i = 0; i < G_N_ELEMENTS(parts.organisation); i++)
		g_free(parts.organisation[i]);
	return card->properties->len == 0 ? NULL : g_steal_pointer(&card);
}
