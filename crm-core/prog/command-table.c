#include "prog/command.h"

/* A line here and one below for each cmd-*.c. */
extern const CommandEntry cmd_audit_table[];
extern const CommandEntry cmd_book_table[];
extern const CommandEntry cmd_circle_table[];
extern const CommandEntry cmd_contact_import_table[];
extern const CommandEntry cmd_contact_table[];
extern const CommandEntry cmd_db_table[];
extern const CommandEntry cmd_doctor_table[];
extern const CommandEntry cmd_key_table[];
extern const CommandEntry cmd_mailbox_table[];
extern const CommandEntry cmd_review_table[];
extern const CommandEntry cmd_search_table[];
extern const CommandEntry cmd_status_table[];
extern const CommandEntry cmd_user_table[];
extern const CommandEntry cmd_who_table[];
extern const CommandEntry cmd_file_table[];
extern const CommandEntry cmd_quarantine_table[];
extern const CommandEntry cmd_account_table[];
extern const CommandEntry cmd_import_table[];

const CommandEntry *const command_tables[] = {
    cmd_db_table,
    cmd_key_table,
    cmd_user_table,
    cmd_mailbox_table,
    cmd_book_table,
    cmd_contact_table,
    cmd_contact_import_table,
    cmd_circle_table,
    cmd_search_table,
    cmd_review_table,
    cmd_who_table,
    cmd_audit_table,
    cmd_file_table,
    cmd_quarantine_table,
    cmd_account_table,
    cmd_import_table,
    cmd_status_table,
    cmd_doctor_table,
    NULL,
};
