#include "config.h"

#include "webui-minimal/contact-form.h"

#include <string.h>

#define N_FAMILY 0
#define N_GIVEN 1

void
contact_form_free(ContactForm *form)
{
	if (form == NULL)
		return;
	g_free(form->name);
	g_free(form->given);
	g_free(form->family);
	g_free(form->organisation);
	g_free(form->title);
	g_free(form->note);
	g_strfreev(form->addresses);
	g_strfreev(form->phones);
	g_strfreev(form->domains);
	g_strfreev(form->employers);
	g_free(form->employer);
	g_free(form->version);
	g_free(form->problem);
	g_free(form);
}

static char **
no_texts(void)
{
	return g_new0(char *, 1);
}

ContactForm *
contact_form_new(int kind)
{
	ContactForm *form = g_new0(ContactForm, 1);

	form->kind = kind;
	form->name = g_strdup("");
	form->given = g_strdup("");
	form->family = g_strdup("");
	form->organisation = g_strdup("");
	form->title = g_strdup("");
	form->note = g_strdup("");
	form->addresses = no_texts();
	form->phones = no_texts();
	form->domains = no_texts();
	form->employers = no_texts();
	form->employer = g_strdup("");
	return form;
}

static char *
name_part(const Vcard *card, guint n)
{
	const VcardProperty *property = vcard_find(card, "N");
	char *part = property == NULL ? NULL : vcard_field(property, n);

	return part == NULL ? g_strdup("") : part;
}

ContactForm *
contact_form_of(const ContactView *contact)
{
	ContactForm *form = g_new0(ContactForm, 1);

	form->kind = contact->kind;
	form->name = g_strdup(contact->name);
	form->given = name_part(contact->card, N_GIVEN);
	form->family = name_part(contact->card, N_FAMILY);
	form->organisation = g_strdup(contact->organisation);
	form->title = g_strdup(contact->title);
	form->note = g_strdup(contact->note);
	form->addresses = g_strdupv(contact->addresses);
	form->phones = g_strdupv(contact->phones);
	form->domains = g_strdupv(contact->domains);
	form->roles = contact->roles;
	form->employers = vcard_all(contact->card, "X-KARTOTEKA-EMPLOYER");
	form->employer = g_strdup("");
	form->version = contact_version(contact);
	return form;
}

/* One line without blanks around it. */
static char *
one_line(char *text)
{
	return g_strstrip(g_strdelimit(text, "\r\n\t", ' '));
}

static char *
read_line(const Cgi *cgi, const char *name)
{
	const char *text = cgi_form(cgi, name);

	return one_line(g_strdup(text == NULL ? "" : text));
}

static char **
read_lines(const Cgi *cgi, const char *name)
{
	char **texts = cgi_form_all(cgi, name);

	for (char **text = texts; *text != NULL; text++)
		one_line(*text);
	return texts;
}

/* A browser ends lines with CR LF. */
static char *
read_note(const Cgi *cgi)
{
	const char *text = cgi_form(cgi, "note");
	g_auto(GStrv) lines = g_strsplit(text == NULL ? "" : text, "\r\n", -1);

	return g_strchomp(g_strjoinv("\n", lines));
}

ContactForm *
contact_form_read(const Cgi *cgi)
{
	ContactForm *form = g_new0(ContactForm, 1);
	g_auto(GStrv) roles = cgi_form_all(cgi, "role");
	const char *version = cgi_form(cgi, "version");
	ContactRole role;

	form->kind = g_strcmp0(cgi_form(cgi, "kind"), "organisation") == 0 ? CONTACT_ORGANISATION
									   : CONTACT_PERSON;
	form->name = read_line(cgi, "name");
	form->given = read_line(cgi, "given");
	form->family = read_line(cgi, "family");
	form->organisation = read_line(cgi, "organisation");
	form->title = read_line(cgi, "title");
	form->note = read_note(cgi);
	form->addresses = read_lines(cgi, "address");
	form->phones = read_lines(cgi, "phone");
	form->domains = read_lines(cgi, "domain");
	for (char **name = roles; *name != NULL; name++)
		if (contact_role_parse(*name, &role, NULL))
			form->roles |= 1u << role;
	form->employers = read_lines(cgi, "employer");
	form->employer = read_line(cgi, "new-employer");
	form->version = g_strdup(version);
	return form;
}

ContactView *
contact_form_open(Page *page, GError **error)
{
	g_autoptr(ContactView) contact = contact_show(page->session, &page->id, error);

	if (contact != NULL && (contact->rights & 1u << RIGHT_EDIT) == 0) {
		error_set(error, ERROR_DENIED,
		    "This needs the right to change contacts of an address book");
		return NULL;
	}
	return g_steal_pointer(&contact);
}

void
contact_form_leave(Page *page, const Id *contact)
{
	g_autofree char *id = id_text(contact), *path = page_path(page, "/contact/%s", id);

	reply_redirect(page->reply, path);
}

bool
contact_form_refuse(ContactForm *form, GError *problem, GError **error)
{
	switch (error_code(problem)) {
	case ERROR_INVALID:
	case ERROR_CONFLICT:
	case ERROR_NOT_FOUND:
	case ERROR_TOO_BIG:
		g_free(form->problem);
		form->problem = g_strdup(problem->message);
		g_error_free(problem);
		return true;
	default:
		g_propagate_error(error, problem);
		return false;
	}
}

static bool
is_shown(const GPtrArray *shown, const char *uid)
{
	for (guint i = 0; shown != NULL && i < shown->len; i++) {
		const ContactView *contact = g_ptr_array_index(shown, i);
		g_autofree char *one = vcard_get(contact->card, "UID");

		if (g_strcmp0(one, uid) == 0)
			return true;
	}
	return false;
}

/* The employers that the card will have: those that weren't in the form, those that stay, and the new one. */
static char **
choose_employers(
    Session *session, ContactForm *form, const Vcard *card, const GPtrArray *shown, GError **error)
{
	g_autoptr(GPtrArray) uids = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) present = vcard_all(card, "X-KARTOTEKA-EMPLOYER");

	for (char **uid = present; *uid != NULL; uid++)
		if (!is_shown(shown, *uid) ||
		    g_strv_contains((const char *const *)form->employers, *uid))
			g_ptr_array_add(uids, g_strdup(*uid));
	if (form->employer[0] != '\0') {
		g_autoptr(ContactView) employer =
		    contact_edit_find_employer(session, form->employer, error);
		g_autofree char *uid = employer == NULL ? NULL : vcard_get(employer->card, "UID");

		if (uid == NULL) {
			form->beside = true;
			form->wrong.kind = CONTACT_WRONG_EMPLOYER;
			return NULL;
		}
		if (!g_ptr_array_find_with_equal_func(uids, uid, g_str_equal, NULL))
			g_ptr_array_add(uids, g_steal_pointer(&uid));
	}
	g_ptr_array_add(uids, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&uids), FALSE);
}

static bool
apply(const ContactForm *form, char *const *employers, Vcard *card, GError **error)
{
	static char *const none[] = {NULL};
	bool organisation = form->kind == CONTACT_ORGANISATION;
	ContactEdit edit = {
	    .kind = form->kind,
	    .name = form->name,
	    .note = form->note,
	    .addresses = form->addresses,
	    .phones = form->phones,
	    .roles = (int)form->roles,
	    .given = organisation ? NULL : form->given,
	    .family = organisation ? NULL : form->family,
	    .organisation = organisation ? NULL : form->organisation,
	    .title = organisation ? NULL : form->title,
	    .employers = organisation ? NULL : employers,
	    .domains = organisation ? form->domains : none,
	};

	return contact_edit_apply(&edit, card, error);
}

Vcard *
contact_form_card(Session *session, ContactForm *form, const ContactView *present,
    const GPtrArray *shown, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(Vcard) card = NULL;
	g_auto(GStrv) employers = NULL;

	if (present == NULL) {
		card = vcard_new();
	} else {
		g_autofree char *text = vcard_write(present->card, 40);

		card = vcard_parse(text, &problem);
	}
	if (card != NULL)
		employers = choose_employers(session, form, card, shown, &problem);
	if (employers != NULL) {
		form->beside = true;
		form->wrong.kind = CONTACT_WRONG_NAME;
		if (form->name[0] == '\0' && form->given[0] == '\0' && form->family[0] == '\0')
			error_set(&problem, ERROR_INVALID, "%s", _("A contact needs a name."));
		else if (apply(form, employers, card, &problem) &&
			 contact_check(session, card, present, &form->wrong, &problem))
			return g_steal_pointer(&card);
	}
	contact_form_refuse(form, g_steal_pointer(&problem), error);
	return NULL;
}
