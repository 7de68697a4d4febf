/* The first bytes up to an empty line are the variables, the rest is the body. */
#include "config.h"

#include "webui-minimal/cgi.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	char *body = strstr(text, "\n\n");
	g_auto(GStrv) environment = NULL;
	g_autoptr(Cgi) cgi = NULL;
	int fd = memfd_create("body", MFD_CLOEXEC);

	if (body != NULL) {
		*body = '\0';
		body += 2;
		if (write(fd, body, strlen(body)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
			g_error("no memory for the body");
	}
	environment = g_strsplit(text, "\n", 64);
	cgi = cgi_read(environment, fd, NULL);
	close(fd);
	if (cgi != NULL) {
		static const char *const languages[] = {"en", "cs", NULL};

		g_assert(cgi->path[0] == '/' && g_utf8_validate(cgi->path, -1, NULL));
		for (guint i = 0; i < cgi->form->len; i++) {
			const CgiField *field = g_ptr_array_index(cgi->form, i);

			g_assert(g_utf8_validate(field->value, -1, NULL));
		}
		cgi_check_token(cgi, "secret", NULL);
		cgi_choose_language(cgi->language, languages);
	}
	return 0;
}
