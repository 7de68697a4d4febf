#!/usr/bin/env python3
"""send.py PORT PASSWORD [FILE...]: sends the mails of mails.tsv (or those of them named) through SMTP.

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
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        smtp.ehlo("client.example")
        options = []
        if not (sender + recipients).isascii():
            options.append("SMTPUTF8")
        if smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if login != "-":
            smtp.login(login, password)
        if "SMTPUTF8" in options:
            smtp.command_encoding = "utf-8"
        smtp.sendmail(sender, recipients.split(","), message(name), options)


def main():
    port, password, names = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    for name, login, sender, recipients, *_ in rows():
        if names and name not in names:
            continue
        for attempt in range(10):
            try:
                send(port, password, name, login, sender, recipients)
                break
            except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected) as error:
                code = getattr(error, "smtp_code", 400)
                if code >= 500 or attempt == 9:
                    sys.exit(f"{name}: {error}")
                time.sleep(1)


main()
