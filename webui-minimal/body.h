/*
 * body: the text of a mail for reading: quoted parts and the signature folded away, web addresses as
 * links.
 */
#pragma once

#include "mail/mail.h"
#include "webui-minimal/page.h"

void body_write(Page *page, const Mail *mail);
