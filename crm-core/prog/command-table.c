#include "prog/command.h"

/* One line for each cmd-*.c. */
extern const CommandEntry cmd_user_table[], cmd_book_table[], cmd_contact_table[];

const CommandEntry *const command_tables[] = {
    cmd_user_table,
    cmd_book_table,
    cmd_contact_table,
    NULL,
};
