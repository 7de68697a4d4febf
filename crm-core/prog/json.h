/*
 * json: writes JSON for programs that read our output. Strings are escaped always; what isn't valid
 * UTF-8 is replaced. Commas and nesting are the writer's business.
 */
#pragma once

#include "base/id.h"

#include <glib.h>
#include <stdbool.h>

typedef struct Json Json;

Json *json_new(void);
void json_free(Json *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_free)

/* key: NULL inside an array and at the top. */
void json_open_object(Json *json, const char *key);
void json_open_array(Json *json, const char *key);
void json_close(Json *json);
void json_string(Json *json, const char *key, const char *value); /* NULL: null */
void json_int(Json *json, const char *key, gint64 value);
void json_bool(Json *json, const char *key, bool value);
void json_null(Json *json, const char *key);
void json_id(Json *json, const char *key, const Id *id); /* zero: null */
void json_time(Json *json, const char *key, gint64 ms);  /* 0: null */
void json_strings(Json *json, const char *key, char *const *values);

/* What was written so far plus a line feed, to standard output; the writer is empty again. */
void json_print(Json *json);
/* The same as text, new. */
char *json_take(Json *json);
