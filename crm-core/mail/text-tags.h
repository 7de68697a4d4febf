/* HTML elements that change how text is laid out, sorted by name. */
#pragma once

#include <glib.h>

typedef enum {
	TAG_OTHER,
	TAG_DROPPED,   /* with all that is in it */
	TAG_PARAGRAPH, /* an empty line around it */
	TAG_BLOCK,     /* a line of its own */
	TAG_BLOCKQUOTE,
	TAG_PRE,
	TAG_ITEM,
	TAG_CELL,
	TAG_BREAK,
	TAG_RULE,
	TAG_IMAGE,
	TAG_EMPTY, /* nothing can be in it */
} TagKind;

static const struct {
	char name[12];
	guint8 kind;
} tags[] = {
    {"address", TAG_BLOCK},
    {"area", TAG_EMPTY},
    {"article", TAG_BLOCK},
    {"base", TAG_EMPTY},
    {"blockquote", TAG_BLOCKQUOTE},
    {"body", TAG_BLOCK},
    {"br", TAG_BREAK},
    {"caption", TAG_BLOCK},
    {"center", TAG_BLOCK},
    {"col", TAG_EMPTY},
    {"dd", TAG_BLOCK},
    {"div", TAG_BLOCK},
    {"dl", TAG_PARAGRAPH},
    {"dt", TAG_BLOCK},
    {"fieldset", TAG_BLOCK},
    {"footer", TAG_BLOCK},
    {"form", TAG_BLOCK},
    {"h1", TAG_PARAGRAPH},
    {"h2", TAG_PARAGRAPH},
    {"h3", TAG_PARAGRAPH},
    {"h4", TAG_PARAGRAPH},
    {"h5", TAG_PARAGRAPH},
    {"h6", TAG_PARAGRAPH},
    {"head", TAG_DROPPED},
    {"header", TAG_BLOCK},
    {"hr", TAG_RULE},
    {"img", TAG_IMAGE},
    {"input", TAG_EMPTY},
    {"li", TAG_ITEM},
    {"link", TAG_EMPTY},
    {"meta", TAG_EMPTY},
    {"noscript", TAG_DROPPED},
    {"object", TAG_DROPPED},
    {"ol", TAG_PARAGRAPH},
    {"option", TAG_BLOCK},
    {"p", TAG_PARAGRAPH},
    {"pre", TAG_PRE},
    {"script", TAG_DROPPED},
    {"section", TAG_BLOCK},
    {"style", TAG_DROPPED},
    {"svg", TAG_DROPPED},
    {"table", TAG_BLOCK},
    {"td", TAG_CELL},
    {"template", TAG_DROPPED},
    {"th", TAG_CELL},
    {"title", TAG_DROPPED},
    {"tr", TAG_BLOCK},
    {"ul", TAG_PARAGRAPH},
    {"wbr", TAG_EMPTY},
    {"xml", TAG_DROPPED},
};
