#include "rules/cursor.h"

#include "base/error.h"
#include "crypt/hash.h"
#include "store/hasher.h"

#include <string.h>

#define PLACE_SIZE (8 + 16)
#define MAC_SIZE 8

/* The place, the viewer and the list under the store's key. */
static bool
authenticate(Session *session, const char *list, const guint8 place[static PLACE_SIZE],
    guint8 ret[static MAC_SIZE], GError **error)
{
	g_autoptr(Hasher) hasher = hasher_new(session->store, error);
	g_autoptr(GByteArray) data = g_byte_array_new();
	Id user = viewer_user(session->viewer);
	MessageHash hash;

	if (hasher == NULL)
		return false;
	g_byte_array_append(data, place, PLACE_SIZE);
	g_byte_array_append(data, user.bytes, sizeof user.bytes);
	g_byte_array_append(data, (const guint8 *)list, strlen(list));
	hasher_make(hasher, "cursor", data->data, data->len, &hash);
	memcpy(ret, hash.bytes, MAC_SIZE);
	return true;
}

char *
cursor_write(Session *session, const char *list, const Cursor *cursor, GError **error)
{
	guint8 bytes[PLACE_SIZE + MAC_SIZE];
	guint64 time = GUINT64_TO_BE((guint64)cursor->time);
	char *text;

	memcpy(bytes, &time, sizeof time);
	memcpy(bytes + sizeof time, cursor->id.bytes, sizeof cursor->id.bytes);
	if (!authenticate(session, list, bytes, bytes + PLACE_SIZE, error))
		return NULL;
	text = g_base64_encode(bytes, sizeof bytes);
	g_strdelimit(text, "+", '-');
	g_strdelimit(text, "/", '_');
	g_strdelimit(text, "=", '\0');
	return text;
}

bool
cursor_read(Session *session, const char *list, const char *text, Cursor *ret, GError **error)
{
	g_autofree char *padded = NULL;
	g_autofree guint8 *bytes = NULL;
	guint8 mac[MAC_SIZE];
	guint64 time;
	gsize size = 0;

	/* 32 bytes are 43 characters and one "=". */
	if (strlen(text) == 43 &&
	    strspn(text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_") == 43) {
		padded = g_strconcat(text, "=", NULL);
		g_strdelimit(padded, "-", '+');
		g_strdelimit(padded, "_", '/');
		bytes = g_base64_decode(padded, &size);
	}
	if (size == PLACE_SIZE + MAC_SIZE) {
		if (!authenticate(session, list, bytes, mac, error))
			return false;
		if (hash_equal(mac, bytes + PLACE_SIZE, MAC_SIZE)) {
			memcpy(&time, bytes, sizeof time);
			ret->time = (gint64)GUINT64_FROM_BE(time);
			memcpy(ret->id.bytes, bytes + sizeof time, sizeof ret->id.bytes);
			return true;
		}
	}
	return error_set(error, ERROR_INVALID, "This page is no longer there: begin the list anew");
}
