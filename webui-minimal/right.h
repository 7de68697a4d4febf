/*
 * right: what a right on an address book means, in the page's language.
 */
#pragma once

#include "store/grant.h"

const char *right_text(Right right); /* "sees the cards" */
