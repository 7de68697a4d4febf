#include "prog/command.h"

/* One line for each cmd-*.c. */
extern const CommandEntry cmd_user_table[], cmd_book_table[], cmd_contact_table[], cmd_who_table[],
    cmd_review_table[], cmd_doctor_table[], cmd_status_table[];

const CommandEntry *const command_tables[] = {
    cmd_user_table,
    cmd_book_table,
    cmd_contact_table,
    cmd_who_table,
    cmd_review_table,
    cmd_status_table,
    cmd_doctor_table,
    NULL,
};
