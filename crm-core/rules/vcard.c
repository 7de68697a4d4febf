#include "rules/vcard.h"

#include "base/error.h"

#include <string.h>

static void
param_free(gpointer data)
{
	VcardParam *param = data;

	g_free(param->name);
	g_strfreev(param->values);
	g_free(param);
}

void
vcard_property_free(VcardProperty *property)
{
	if (property == NULL)
		return;
	g_free(property->group);
	g_free(property->name);
	g_clear_pointer(&property->params, g_ptr_array_unref);
	g_free(property->value);
	g_free(property);
}

VcardProperty *
vcard_property_new(void)
{
	VcardProperty *property = g_new0(VcardProperty, 1);

	property->params = g_ptr_array_new_with_free_func(param_free);
	return property;
}

static VcardParam *
find_param(const VcardProperty *property, const char *name)
{
	for (guint i = 0; i < property->params->len; i++) {
		VcardParam *param = property->params->pdata[i];

		if (strcmp(param->name, name) == 0)
			return param;
	}
	return NULL;
}

/* Takes the values. */
static void
add_param(VcardProperty *property, const char *name, char **values)
{
	VcardParam *param = g_new0(VcardParam, 1);

	param->name = g_strdup(name);
	param->values = values;
	g_ptr_array_add(property->params, param);
}

const char *
vcard_param(const VcardProperty *property, const char *name)
{
	const VcardParam *param = find_param(property, name);

	return param == NULL ? NULL : param->values[0];
}

void
vcard_set_param(VcardProperty *property, const char *name, const char *value)
{
	const char *values[] = {value, NULL};
	VcardParam *param;

	while ((param = find_param(property, name)) != NULL)
		g_ptr_array_remove(property->params, param);
	if (value != NULL)
		add_param(property, name, g_strdupv((char **)values));
}

VcardProperty *
vcard_property_copy(const VcardProperty *property)
{
	VcardProperty *copy = vcard_property_new();

	copy->group = g_strdup(property->group);
	copy->name = g_strdup(property->name);
	copy->value = g_strdup(property->value);
	for (guint i = 0; i < property->params->len; i++) {
		const VcardParam *param = property->params->pdata[i];

		add_param(copy, param->name, g_strdupv(param->values));
	}
	return copy;
}

Vcard *
vcard_new(void)
{
	Vcard *vcard = g_new0(Vcard, 1);

	vcard->properties = g_ptr_array_new_with_free_func((GDestroyNotify)vcard_property_free);
	return vcard;
}

void
vcard_free(Vcard *vcard)
{
	if (vcard == NULL)
		return;
	g_ptr_array_unref(vcard->properties);
	g_free(vcard);
}

VcardProperty *
vcard_find(const Vcard *vcard, const char *name)
{
	for (guint i = 0; i < vcard->properties->len; i++) {
		VcardProperty *property = vcard->properties->pdata[i];

		if (strcmp(property->name, name) == 0)
			return property;
	}
	return NULL;
}

char *
vcard_unescape(const char *value)
{
	GString *text = g_string_sized_new(strlen(value));

	for (const char *p = value; *p != '\0'; p++) {
		if (*p != '\\' || p[1] == '\0')
			g_string_append_c(text, *p);
		else if (*++p == 'n' || *p == 'N')
			g_string_append_c(text, '\n');
		else if (strchr("\\,;:", *p) != NULL)
			g_string_append_c(text, *p);
		else
			g_string_append_printf(text, "\\%c", *p);
	}
	return g_string_free(text, FALSE);
}

char *
vcard_escape(const char *text)
{
	GString *value = g_string_sized_new(strlen(text));

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n')
			g_string_append(value, "\\n");
		else if (strchr("\\,;", *p) != NULL)
			g_string_append_printf(value, "\\%c", *p);
		else if (*p != '\r')
			g_string_append_c(value, *p);
	}
	return g_string_free(value, FALSE);
}

char *
vcard_get(const Vcard *vcard, const char *name)
{
	const VcardProperty *property = vcard_find(vcard, name);

	return property == NULL ? NULL : vcard_unescape(property->value);
}

char *
vcard_field(const VcardProperty *property, guint n)
{
	g_autofree char *field = NULL;
	const char *begin = property->value, *p = begin;

	for (;; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == ';' || *p == '\0') {
			if (n == 0)
				break;
			if (*p == '\0')
				return NULL;
			n--;
			begin = p + 1;
		}
	}
	if (p == begin)
		return NULL;
	field = g_strndup(begin, (gsize)(p - begin));
	return g_strstrip(vcard_unescape(field));
}

bool
vcard_has_type(const VcardProperty *property, const char *type)
{
	for (guint i = 0; i < property->params->len; i++) {
		const VcardParam *param = property->params->pdata[i];

		if (strcmp(param->name, "TYPE") != 0)
			continue;
		for (char **value = param->values; *value != NULL; value++)
			if (g_ascii_strcasecmp(*value, type) == 0)
				return true;
	}
	return false;
}

VcardProperty *
vcard_append(Vcard *vcard, const char *name, const char *text)
{
	VcardProperty *property = vcard_property_new();

	property->name = g_strdup(name);
	property->value = vcard_escape(text);
	g_ptr_array_add(vcard->properties, property);
	return property;
}

void
vcard_remove(Vcard *vcard, const char *name)
{
	for (guint i = vcard->properties->len; i > 0; i--) {
		const VcardProperty *property = vcard->properties->pdata[i - 1];

		if (strcmp(property->name, name) == 0)
			g_ptr_array_remove_index(vcard->properties, i - 1);
	}
}

void
vcard_set(Vcard *vcard, const char *name, const char *text)
{
	VcardProperty *property = vcard_find(vcard, name);

	if (text == NULL) {
		vcard_remove(vcard, name);
	} else if (property == NULL) {
		vcard_append(vcard, name, text);
	} else {
		g_free(property->value);
		property->value = vcard_escape(text);
	}
}

/* The value as people read it; new. */
static char *
plain_text(const VcardProperty *property)
{
	char *text = g_strstrip(vcard_unescape(property->value));

	if (strcmp(property->name, "TEL") == 0 && g_ascii_strncasecmp(text, "tel:", 4) == 0)
		memmove(text, text + 4, strlen(text + 4) + 1);
	else if (strcmp(property->name, "EMAIL") == 0 &&
		 g_ascii_strncasecmp(text, "mailto:", 7) == 0)
		memmove(text, text + 7, strlen(text + 7) + 1);
	return text;
}

/* Those with that name that say something; borrowed. */
static GPtrArray *
named(const Vcard *vcard, const char *name)
{
	GPtrArray *found = g_ptr_array_new();

	for (guint i = 0; i < vcard->properties->len; i++) {
		VcardProperty *property = vcard->properties->pdata[i];
		g_autofree char *text =
		    strcmp(property->name, name) == 0 ? plain_text(property) : NULL;

		if (text != NULL && *text != '\0')
			g_ptr_array_add(found, property);
	}
	return found;
}

char **
vcard_all(const Vcard *vcard, const char *name)
{
	g_autoptr(GPtrArray) found = named(vcard, name);
	char **all = g_new0(char *, found->len + 1);

	for (guint i = 0; i < found->len; i++)
		all[i] = plain_text(found->pdata[i]);
	return all;
}

static void
change_text(VcardProperty *property, const char *text)
{
	g_autofree char *present = plain_text(property);

	if (strcmp(present, text) == 0)
		return;
	g_free(property->value);
	property->value = vcard_escape(text);
	vcard_set_param(property, "VALUE", NULL); /* it is no URI any more */
}

/* The property for each text, out of those that are there; NULL where a new one is needed. */
static VcardProperty **
choose_places(const GPtrArray *present, char *const *texts)
{
	guint count = g_strv_length((char **)texts);
	VcardProperty **chosen = g_new0(VcardProperty *, count + 1);
	g_autofree bool *taken = g_new0(bool, present->len + 1);

	for (guint i = 0; i < count; i++)
		for (guint n = 0; n < present->len && chosen[i] == NULL; n++) {
			g_autofree char *text = plain_text(present->pdata[n]);

			if (taken[n] || strcmp(text, texts[i]) != 0)
				continue;
			chosen[i] = present->pdata[n];
			taken[n] = true;
		}
	for (guint i = 0; i < count && i < present->len; i++)
		if (*texts[i] != '\0' && chosen[i] == NULL && !taken[i])
			chosen[i] = present->pdata[i];
	return chosen;
}

void
vcard_set_all(Vcard *vcard, const char *name, char *const *texts)
{
	g_autoptr(GPtrArray) present = named(vcard, name), others = NULL;
	g_autofree VcardProperty **chosen = choose_places(present, texts);
	g_autoptr(GPtrArray) before = g_steal_pointer(&vcard->properties);
	bool done = false;

	vcard->properties = g_ptr_array_new_with_free_func((GDestroyNotify)vcard_property_free);
	g_ptr_array_set_free_func(before, NULL);
	others = g_ptr_array_new_with_free_func((GDestroyNotify)vcard_property_free);
	for (guint i = 0; i <= before->len; i++) {
		VcardProperty *property = i < before->len ? before->pdata[i] : NULL;

		if (property != NULL && strcmp(property->name, name) != 0) {
			g_ptr_array_add(vcard->properties, property);
			continue;
		}
		for (guint n = 0; !done && texts[n] != NULL; n++) {
			if (*texts[n] == '\0')
				continue;
			if (chosen[n] == NULL) {
				vcard_append(vcard, name, texts[n]);
				continue;
			}
			change_text(chosen[n], texts[n]);
			g_ptr_array_add(vcard->properties, chosen[n]);
		}
		done = true;
		if (property != NULL && !g_ptr_array_find(vcard->properties, property, NULL))
			g_ptr_array_add(others, property);
	}
}

void
vcard_set_field(Vcard *vcard, const char *name, guint n, const char *text)
{
	VcardProperty *property = vcard_find(vcard, name);
	g_autofree char *value = vcard_escape(text);
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
	const char *begin;

	if (property == NULL)
		property = vcard_append(vcard, name, "");
	begin = property->value;
	for (const char *p = begin;; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
			continue;
		}
		if (*p != ';' && *p != '\0')
			continue;
		g_ptr_array_add(fields, g_strndup(begin, (gsize)(p - begin)));
		begin = p + 1;
		if (*p == '\0')
			break;
	}
	while (fields->len <= n)
		g_ptr_array_add(fields, g_strdup(""));
	g_free(fields->pdata[n]);
	fields->pdata[n] = g_steal_pointer(&value);
	g_ptr_array_add(fields, NULL);
	g_free(property->value);
	property->value = g_strjoinv(";", (char **)fields->pdata);
}

/* Prefix, given, additional, family, suffix: as people write it. */
static char *
name_of_fields(const VcardProperty *property)
{
	static const guint order[] = {3, 1, 2, 0, 4};
	g_autoptr(GString) name = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
		g_autofree char *field = vcard_field(property, order[i]);

		if (field != NULL && *field != '\0')
			g_string_append_printf(name, "%s%s", name->len > 0 ? " " : "", field);
	}
	return name->len == 0 ? NULL : g_strdup(name->str);
}

static char *
first_text(const Vcard *vcard, const char *name)
{
	g_auto(GStrv) all = vcard_all(vcard, name);

	return g_strdup(all[0]);
}

char *
vcard_name(const Vcard *vcard)
{
	char *name = first_text(vcard, "FN");
	const VcardProperty *property = vcard_find(vcard, "N");

	if (name == NULL && property != NULL)
		name = name_of_fields(property);
	if (name == NULL)
		name = first_text(vcard, "NICKNAME");
	if (name == NULL && (property = vcard_find(vcard, "ORG")) != NULL)
		name = vcard_field(property, 0);
	if (name == NULL)
		name = first_text(vcard, "EMAIL");
	return name;
}

bool
vcard_is_organisation(const Vcard *vcard)
{
	g_autofree char *kind = vcard_get(vcard, "KIND");
	const VcardProperty *n = vcard_find(vcard, "N"), *org = vcard_find(vcard, "ORG");
	g_autofree char *person = n == NULL ? NULL : name_of_fields(n);
	g_autofree char *full = first_text(vcard, "FN");
	g_autofree char *company = org == NULL ? NULL : vcard_field(org, 0);

	if (kind != NULL)
		return g_ascii_strcasecmp(kind, "org") == 0 ||
		       g_ascii_strcasecmp(kind, "organization") == 0;
	return company != NULL && person == NULL && (full == NULL || strcmp(full, company) == 0);
}
