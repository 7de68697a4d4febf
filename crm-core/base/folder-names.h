/*
 * folder-names: what a mail folder is for, guessed from its name, where nobody says so (RFC 6154 SPECIAL-USE does).
 */
#pragma once

/* "sent", "drafts", "trash", "junk", or NULL. name in UTF-8, levels separated by "/" or "."; what is below such a folder
 * is of its kind. */
const char *folder_names_use(const char *name);
