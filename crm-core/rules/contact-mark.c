#include "rules/contact-mark.h"

#include <string.h>

#define MARK "X-KARTOTEKA-IMPORT"

static const char *const states[] = {
    [CONTACT_MARK_NEW] = "new",
    [CONTACT_MARK_MERGED] = "merged",
    [CONTACT_MARK_EDITED] = "edited",
};

static bool
is_mark(const VcardProperty *property)
{
	return strcmp(property->name, MARK) == 0;
}

static VcardProperty *
find(const Vcard *card, const char *import)
{
	for (guint i = 0; i < card->properties->len; i++) {
		VcardProperty *property = card->properties->pdata[i];

		if (is_mark(property) && strcmp(property->value, import) == 0)
			return property;
	}
	return NULL;
}

void
contact_mark_set(Vcard *card, const char *import, ContactMark mark)
{
	VcardProperty *property = find(card, import);

	g_assert(mark > CONTACT_MARK_NONE && mark <= CONTACT_MARK_EDITED);
	if (property == NULL)
		property = vcard_append(card, MARK, import);
	vcard_set_param(property, "STATE", states[mark]);
}

/* A mark without a state is one of the time when there were only new contacts. */
ContactMark
contact_mark_find(const Vcard *card, const char *import)
{
	const VcardProperty *property = find(card, import);
	const char *state = property == NULL ? NULL : vcard_param(property, "STATE");

	if (property == NULL)
		return CONTACT_MARK_NONE;
	for (int mark = CONTACT_MARK_NEW; state != NULL && mark <= CONTACT_MARK_EDITED; mark++)
		if (strcmp(states[mark], state) == 0)
			return (ContactMark)mark;
	return CONTACT_MARK_NEW;
}

bool
contact_mark_has_other(const Vcard *card, const char *import)
{
	for (guint i = 0; i < card->properties->len; i++) {
		const VcardProperty *property = card->properties->pdata[i];

		if (is_mark(property) && strcmp(property->value, import) != 0)
			return true;
	}
	return false;
}

void
contact_mark_property(VcardProperty *property, const char *import)
{
	vcard_set_param(property, MARK, import);
}

void
contact_mark_take_back(Vcard *card, const char *import)
{
	for (guint i = card->properties->len; i > 0; i--) {
		const VcardProperty *property = card->properties->pdata[i - 1];
		const char *own = is_mark(property) ? property->value : vcard_param(property, MARK);

		if (own != NULL && strcmp(own, import) == 0)
			g_ptr_array_remove_index(card->properties, i - 1);
	}
}

void
contact_mark_clear(Vcard *card)
{
	vcard_remove(card, MARK);
	for (guint i = 0; i < card->properties->len; i++)
		vcard_set_param(card->properties->pdata[i], MARK, NULL);
}

void
contact_mark_edit(Vcard *card, const Vcard *present)
{
	g_auto(GStrv) imports = vcard_all(present, MARK);

	contact_mark_clear(card);
	for (char **import = imports; *import != NULL; import++)
		contact_mark_set(card, *import, CONTACT_MARK_EDITED);
}
