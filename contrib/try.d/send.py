#!/usr/bin/env python3
"""send.py PORT PASSWORD [FILE...]: sends the mails of mails.tsv (or those of them named) through SMTP
and prints a line "FILE<TAB>QUEUE-ID" for each.

@DATE -5h@ in a mail becomes the time five hours ago. A mail that the server defers is tried again.
"""
import csv
import pathlib
import re
import smtplib
import sys
import time
from email.utils import formatdate

here = pathlib.Path(__file__).resolve().parent


def rows():
    with open(here / "mails.tsv", encoding="utf-8") as table:
        for row in csv.reader((line for line in table if line[0] != "#"), delimiter="\t"):
            yield row


def message(name):
    def date(match):
        return formatdate(time.time() - 3600 * int(match[1])).encode()

    data = (here / "mail" / (name + ".eml")).read_bytes()
    return re.sub(rb"@DATE -(\d+)h@", date, data).replace(b"\n", b"\r\n")


def send(port, password, name, login, sender, recipients):
    """Sends one mail and returns the server's queue id."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        smtp.ehlo("client.example")
        options = ["BODY=8BITMIME"]
        if not (sender + recipients).isascii():
            options.append("SMTPUTF8")
            smtp.command_encoding = "utf-8"
        if login != "-":
            smtp.login(login, password)
        replies = [smtp.mail(sender, options)]
        replies += [smtp.rcpt(recipient) for recipient in recipients.split(",")]
        for code, text in replies:
            if code not in (250, 251):
                raise smtplib.SMTPResponseException(code, text)
        code, text = smtp.data(message(name))
        if code != 250:
            raise smtplib.SMTPResponseException(code, text)
        text = text.decode()
        return text.split("queued as ")[1] if "queued as " in text else text.split()[1]


def main():
    port, password, names = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    for name, login, sender, recipients, *_ in rows():
        if not sender or names and name not in names:
            continue
        for attempt in range(10):
            try:
                queue_id = send(port, password, name, login, sender, recipients)
                print(name, queue_id, sep="\t", flush=True)
                break
            except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected) as error:
                if getattr(error, "smtp_code", 400) >= 500 or attempt == 9:
                    sys.exit(f"{name}: {error}")
                time.sleep(1)


main()
