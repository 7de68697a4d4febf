/*
 * doctor: looks whether everything that must work together is set up so; each finding says what to do. The
 * checks are in doctor-*.c, cmd-doctor.c prints them. Nothing is changed.
 */
#pragma once

#include "prog/command.h"

typedef enum { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL } DoctorLevel;

typedef struct Doctor Doctor;

/* area: "spool", "Postfix" ... The text says what is and what to do. */
void doctor_say(Doctor *doctor, DoctorLevel level, const char *area, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Folders, files, owners, modes, disk space, the clock: as root or as the user of [data]. */
void doctor_check_files(Doctor *doctor, const Conf *conf);
void doctor_check_clock(Doctor *doctor);

/* The sockets, kartotekad, the parser in its sandbox, the libraries that kartoteka.cgi carries. */
void doctor_check_programs(Doctor *doctor, const Conf *conf);

/* The IMAP poller and its mailboxes, where there are any. */
void doctor_check_poller(Doctor *doctor, const Conf *conf);

/* What the MTA is told. config: Postfix's configuration folder or NULL; cf: sendmail.cf or NULL. */
void doctor_check_postfix(Doctor *doctor, const Conf *conf, const char *config);
void doctor_check_sendmail(Doctor *doctor, const Conf *conf, const char *cf);

/* Whether the services of Postfix that run a command can connect to the milter's UNIX socket: as the user that they are, and
 * from where they are. As root only; says nothing when all is well. */
typedef struct {
	const char *socket;   /* milter/socket */
	const char *milter;   /* what Postfix is told: "unix:kartoteka/milter.sock" */
	const char *command;  /* "smtpd", "cleanup" */
	const char *services; /* what "postconf -M" prints */
	const char *owner;    /* mail_owner */
	const char *queue;    /* queue_directory */
} DoctorReach;
void doctor_check_reach(Doctor *doctor, const DoctorReach *reach);

/* The records; opens them as the user of [data], for good. */
void doctor_check_store(Doctor *doctor, Command *command);

/* Sends mail with a forged Authentication-Results of each trusted authserv-id (of this host, when none is)
 * by SMTP and looks whether it survives. After doctor_check_store(). */
typedef struct {
	const char *from, *to; /* addresses; to: one of the company's */
	const char *smtp;      /* "host:port" of the listener that faces strangers */
} DoctorForge;
void doctor_check_forged(Doctor *doctor, Command *command, const DoctorForge *forge);
