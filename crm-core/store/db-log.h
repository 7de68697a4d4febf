/*
 * db-log: SQLite's write-ahead log, written in larger pieces. For db-file.c alone.
 *
 * SQLite writes each page of a commit by two calls, 24 bytes and the page; a piece of many costs a quarter of the time. What
 * is gathered here is written before it counts: with the frame that ends a transaction (its header says so), before the log
 * is read, synced or measured, and before anything is written elsewhere in it. So when a commit has returned nothing is left
 * here, whoever reads the log finds what he would find without this, and an error comes out of the commit.
 */
#pragma once

#include <sqlite3.h>

/* The name of the VFS that does so, for sqlite3_open_v2(). Made by db_log_register(), once in a program. */
#define DB_LOG_VFS "kartoteka"
void db_log_register(void);

/* With each rollback (sqlite3_rollback_hook) of the connection (sqlite3 *): forgets what was gathered for a transaction
 * that was given up. Written later it might lie over what others committed since. */
void db_log_forget(void *handle);
