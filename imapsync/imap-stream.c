#include "imapsync/imap-private.h"

#include "base/error.h"

#include <string.h>

/* A record of TLS, and what the guard may hand out before it. libetpan never reads less at once. */
#define BUFFER_SIZE (16 * 1024 + GUARD_ROOM)

static Imap *
owner(mailstream_low *low)
{
	return low->data;
}

static ssize_t
stream_read(mailstream_low *low, void *buffer, size_t size)
{
	Imap *imap = owner(low);
	gsize passed = 0;

	if (imap->failure != NULL || size <= GUARD_ROOM)
		return -1;
	if (imap->ahead->len > 0) {
		passed = MIN(size, imap->ahead->len);
		memcpy(buffer, imap->ahead->data, passed);
		g_byte_array_remove_range(imap->ahead, 0, (guint)passed);
	}
	while (passed == 0) {
		guint8 *bytes = buffer;
		gsize n =
		    tls_read(imap->tls, bytes + GUARD_ROOM, size - GUARD_ROOM, &imap->failure);

		if (n == 0 || !guard_filter(imap->guard, bytes, n, &passed, &imap->failure))
			return -1;
	}
	return (ssize_t)passed;
}

static ssize_t
stream_write(mailstream_low *low, const void *buffer, size_t size)
{
	Imap *imap = owner(low);

	if (imap->failure != NULL || !tls_write(imap->tls, buffer, size, &imap->failure))
		return -1;
	return (ssize_t)size;
}

/* The socket belongs to imap->tls. */
static int
stream_close(mailstream_low *low)
{
	return 0;
}

static int
stream_get_fd(mailstream_low *low)
{
	return -1;
}

static void
stream_free(mailstream_low *low)
{
	free(low);
}

static void
stream_cancel(mailstream_low *low)
{
	tls_cancel(owner(low)->tls);
}

static carray *
stream_get_chain(mailstream_low *low)
{
	return NULL;
}

static int
stream_no_idle(mailstream_low *low)
{
	return -1;
}

mailstream *
imap_private_stream(Imap *imap)
{
	static mailstream_low_driver driver = {
	    .mailstream_read = stream_read,
	    .mailstream_write = stream_write,
	    .mailstream_close = stream_close,
	    .mailstream_get_fd = stream_get_fd,
	    .mailstream_free = stream_free,
	    .mailstream_cancel = stream_cancel,
	    .mailstream_get_certificate_chain = stream_get_chain,
	    .mailstream_setup_idle = stream_no_idle,
	    .mailstream_unsetup_idle = stream_no_idle,
	    .mailstream_interrupt_idle = stream_no_idle,
	};
	mailstream_low *low = mailstream_low_new(imap, &driver);

	if (low == NULL)
		g_error("out of memory");
	return mailstream_new(low, BUFFER_SIZE);
}

bool
imap_private_pump(Imap *imap, GError **error)
{
	guint8 buffer[BUFFER_SIZE];
	gsize passed, n;

	n = tls_read(imap->tls, buffer + GUARD_ROOM, sizeof buffer - GUARD_ROOM, &imap->failure);
	if (n == 0 || !guard_filter(imap->guard, buffer, n, &passed, &imap->failure))
		return imap_private_die(
		    imap, error, ERROR_TEMPORARY, "The connection to %s broke.", imap->host);
	g_byte_array_append(imap->ahead, buffer, (guint)passed);
	return true;
}
