/*
 * vcard-value: parameters and values of a property that is being read. For vcard-read.c alone.
 */
#pragma once

#include "rules/vcard.h"

/* A property before it is known which version its card has. */
typedef struct {
	VcardProperty *property;
	GString *raw; /* the value's bytes */
} RawProperty;

/* One parameter (between ";" and ";" or ":"): "TYPE=work,voice", or 2.1's bare "WORK". */
void vcard_read_param(VcardProperty *property, const char *begin, gsize size);

/* Bytes to UTF-8 with the escapes of 4.0 (old: they are of 2.1), in property->value. */
void vcard_decode_value(RawProperty *raw, bool old);

/* What 2.1 and 3.0 say differently. */
void vcard_modernise(VcardProperty *property);
