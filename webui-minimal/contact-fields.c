/* The fields of a contact as a form shows them. */
#include "config.h"

#include "webui-minimal/card.h"
#include "webui-minimal/contact-form.h"

#include <string.h>

#define FREE_ROWS 2 /* empty ones at the end of addresses and telephones */

/* The sentence beside a field, when it is this one that is wrong. */
static const char *
problem_of(const ContactForm *form, ContactWrongKind kind, guint index)
{
	return form->problem != NULL && form->beside && form->wrong.kind == kind &&
		       form->wrong.index == index
		   ? form->problem
		   : NULL;
}

static void
write_problem(Html *h, const char *id, const char *problem)
{
	if (problem == NULL)
		return;
	html_open(h, "span", "class", "wrong", NULL);
	html_attrf(h, "id", "%s-wrong", id);
	html_text(h, problem);
	html_close(h);
}

/* What somebody else has saved meanwhile; NULL or the same: nothing. */
static void
write_stored(Html *h, const char *typed, const char *stored)
{
	if (stored == NULL || strcmp(typed, stored) == 0)
		return;
	html_open(h, "span", "class", "stored", NULL);
	html_text(h, _("Stored now:"));
	html_text(h, " ");
	if (stored[0] == '\0')
		html_text(h, _("nothing"));
	else
		html_foreign(h, stored);
	html_close(h);
}

static void
write_input(Html *h, const char *id, const char *name, const char *type, const char *value,
    const char *problem)
{
	html_open(h, "input", "id", id, "name", name, "type", type, "value", value, "maxlength",
	    "1000", "autocomplete", "off", NULL);
	if (problem != NULL) {
		html_attr(h, "aria-invalid", "true");
		html_attrf(h, "aria-describedby", "%s-wrong", id);
	}
	html_close(h);
}

static void
write_text(Html *h, const char *class, const char *id, const char *label, const char *value,
    const char *stored, const char *problem)
{
	html_open(h, "p", "class", class, NULL);
	html_open(h, "label", "for", id, NULL);
	html_text(h, label);
	html_close(h);
	write_input(h, id, id, "text", value, problem);
	write_problem(h, id, problem);
	write_stored(h, value, stored);
	html_close(h);
}

static void
write_kind(Html *h, const ContactForm *form)
{
	static const struct {
		int kind;
		const char *id, *name, *text;
	} kinds[] = {
	    {CONTACT_PERSON, "is-person", "person", N_("Person")},
	    {CONTACT_ORGANISATION, "is-organisation", "organisation", N_("Organisation")},
	};

	html_open(h, "fieldset", "class", "picks", NULL);
	html_element(h, "legend", NULL, _("Kind"));
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		html_open(h, "label", NULL);
		html_open(h, "input", "type", "radio", "name", "kind", "id", kinds[i].id, "value",
		    kinds[i].name, "checked", form->kind == kinds[i].kind ? "" : NULL, NULL);
		html_close(h);
		html_text(h, " ");
		html_text(h, _(kinds[i].text));
		html_close(h);
	}
	html_close(h);
}

/* "a, b", without the rows that are empty; new. */
static char *
join_filled(char *const *texts)
{
	g_autoptr(GString) all = g_string_new(NULL);

	for (; *texts != NULL; texts++)
		if (**texts != '\0')
			g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", *texts);
	return g_strdup(all->str);
}

/* Several lines of one kind, with room for more. wrong_kind < 0: none of them can be wrong. */
static void
write_rows(Html *h, const ContactForm *form, const char *class, const char *name, const char *label,
    const char *type, char *const *texts, char *const *stored, int wrong_kind)
{
	g_autofree char *typed_all = join_filled(texts);
	g_autofree char *stored_all = stored == NULL ? NULL : join_filled(stored);
	guint count = g_strv_length((char **)texts), filled = 0;

	html_open(h, "fieldset", "class", class, NULL);
	html_element(h, "legend", NULL, label);
	for (guint i = 0; i < count + FREE_ROWS; i++) {
		const char *text = i < count ? texts[i] : "", *problem = NULL;
		g_autofree char *id = g_strdup_printf("%s-%u", name, i + 1);

		if (i >= FREE_ROWS && text[0] == '\0' && i >= count &&
		    (count >= FREE_ROWS && texts[count - 1][0] == '\0'))
			break; /* there is room already */
		if (text[0] != '\0' && wrong_kind >= 0)
			problem = problem_of(form, (ContactWrongKind)wrong_kind, filled++);
		html_open(h, "p", NULL);
		html_open(h, "label", "class", "vh", "for", id, NULL);
		html_textf(h, "%s %u", label, i + 1);
		html_close(h);
		write_input(h, id, name, type, text, problem);
		write_problem(h, id, problem);
		html_close(h);
	}
	write_stored(h, typed_all, stored_all);
	html_close(h);
}

static void
write_employers(Html *h, const ContactForm *form, const GPtrArray *shown)
{
	const char *problem = problem_of(form, CONTACT_WRONG_EMPLOYER, 0);

	html_open(h, "fieldset", "class", "of-person", NULL);
	html_element(h, "legend", NULL, _("Works for"));
	for (guint i = 0; shown != NULL && i < shown->len; i++) {
		const ContactView *employer = g_ptr_array_index(shown, i);
		g_autofree char *uid = vcard_get(employer->card, "UID");
		bool stays = g_strv_contains((const char *const *)form->employers, uid);

		html_open(h, "label", "class", "pick", NULL);
		html_open(h, "input", "type", "checkbox", "name", "employer", "value", uid,
		    "checked", stays ? "" : NULL, NULL);
		html_close(h);
		html_text(h, " ");
		html_foreign(h, employer->name);
		html_close(h);
	}
	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", "for", "new-employer", NULL);
	html_text(h, shown != NULL && shown->len > 0 ? _("And also for")
						     : _("An organisation among the contacts"));
	html_close(h);
	write_input(h, "new-employer", "new-employer", "text", form->employer, problem);
	write_problem(h, "new-employer", problem);
	html_element(h, "span", "hint", _("Its name as it stands there, or its mail domain."));
	html_close(h);
	html_close(h);
}

static void
write_roles(Html *h, const ContactForm *form, const ContactForm *stored)
{
	html_open(h, "fieldset", "class", "picks", NULL);
	html_element(h, "legend", NULL, _("Roles"));
	for (int role = CONTACT_CUSTOMER; role <= CONTACT_ROLE_LAST; role++) {
		html_open(h, "label", NULL);
		html_open(h, "input", "type", "checkbox", "name", "role", "value",
		    contact_role_name((ContactRole)role), "checked",
		    (form->roles & 1u << role) != 0 ? "" : NULL, NULL);
		html_close(h);
		html_text(h, " ");
		html_text(h, card_role((ContactRole)role));
		html_close(h);
	}
	if (stored != NULL && stored->roles != form->roles) {
		g_autoptr(GString) all = g_string_new(NULL);

		for (int role = CONTACT_CUSTOMER; role <= CONTACT_ROLE_LAST; role++)
			if ((stored->roles & 1u << role) != 0)
				g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "",
				    card_role((ContactRole)role));
		write_stored(h, "-", all->str);
	}
	html_close(h);
}

static void
write_note(Html *h, const ContactForm *form, const ContactForm *stored)
{
	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", "for", "note", NULL);
	html_text(h, _("Note"));
	html_close(h);
	html_open(h, "textarea", "id", "note", "name", "note", "rows", "5", NULL);
	/* the first line break in it is the element's own */
	html_textf(h, "%s%s", form->note[0] == '\n' ? "\n" : "", form->note);
	html_close(h);
	write_stored(h, form->note, stored == NULL ? NULL : stored->note);
	html_close(h);
}

void
contact_form_write(
    Page *page, const ContactForm *form, const ContactForm *stored, const GPtrArray *shown)
{
	Html *h = page->h;

	if (form->version != NULL)
		html_hidden(h, "version", stored != NULL ? stored->version : form->version);
	write_kind(h, form);
	write_text(h, "field", "name", _("Name"), form->name, stored ? stored->name : NULL,
	    problem_of(form, CONTACT_WRONG_NAME, 0));
	html_open(h, "div", "class", "two of-person", NULL);
	write_text(
	    h, "field", "given", _("Given name"), form->given, stored ? stored->given : NULL, NULL);
	write_text(h, "field", "family", _("Family name"), form->family,
	    stored ? stored->family : NULL, NULL);
	write_text(
	    h, "field", "title", _("Position"), form->title, stored ? stored->title : NULL, NULL);
	write_text(h, "field", "organisation", _("Organisation on the card"), form->organisation,
	    stored ? stored->organisation : NULL, NULL);
	html_close(h);
	html_open(h, "div", "class", "two", NULL);
	write_rows(h, form, NULL, "address", _("E-mail"), "text", form->addresses,
	    stored ? stored->addresses : NULL, CONTACT_WRONG_ADDRESS);
	write_rows(h, form, NULL, "phone", _("Telephone"), "tel", form->phones,
	    stored ? stored->phones : NULL, -1);
	write_rows(h, form, "of-organisation", "domain", _("Mail domains"), "text", form->domains,
	    stored ? stored->domains : NULL, CONTACT_WRONG_DOMAIN);
	html_close(h);
	write_employers(h, form, shown);
	write_roles(h, form, stored);
	write_note(h, form, stored);
}
