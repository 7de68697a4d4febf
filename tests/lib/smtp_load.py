#!/usr/bin/env python3
"""smtp_load.py PORT COUNT CONNECTIONS [SIZE]: sends COUNT mails over CONNECTIONS at once.

A mail that is deferred, or whose connection breaks, is sent again until the server takes it. Prints the queue
id of each mail that it took, and fails when a mail was refused for good.
"""
import queue
import smtplib
import sys
import threading
import time

port, count, connections = (int(word) for word in sys.argv[1:4])
size = int(sys.argv[4]) if len(sys.argv) > 4 else 3000
work = queue.Queue()
for number in range(count):
    work.put(number)
refused = []
lock = threading.Lock()


def mail(number):
    head = (
        f"From: Load <load@kunde.example>\r\nTo: Jana <jana.novakova@lodenice.example>\r\n"
        f"Subject: load {number}\r\nMessage-ID: <load-{number}-{time.time_ns()}@kunde.example>\r\n\r\n"
    )
    return (head + "x" * 70 + "\r\n" + ("line of a mail under load\r\n" * (size // 27))).encode()


def worker():
    smtp = None
    while True:
        try:
            number = work.get_nowait()
        except queue.Empty:
            return
        data = mail(number)
        for _ in range(300):
            try:
                if smtp is None:
                    smtp = smtplib.SMTP("127.0.0.1", port, timeout=60)
                    smtp.ehlo("load.example")
                for code, text in (smtp.mail("load@kunde.example"), smtp.rcpt("jana.novakova@lodenice.example")):
                    if code != 250:
                        raise smtplib.SMTPResponseException(code, text)
                code, text = smtp.data(data)
                if code != 250:
                    raise smtplib.SMTPResponseException(code, text)
                text = text.decode()
                with lock:
                    print(text.split("queued as ")[1] if "queued as " in text else text.split()[1], flush=True)
                break
            except (smtplib.SMTPException, OSError) as error:
                if getattr(error, "smtp_code", 400) >= 500:
                    with lock:
                        refused.append(f"{number}: {error}")
                    break
                try:
                    smtp.close()
                except (AttributeError, OSError):
                    pass
                smtp = None
                time.sleep(0.05)
        else:
            with lock:
                refused.append(f"{number}: never taken")


threads = [threading.Thread(target=worker) for _ in range(connections)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for line in refused:
    print(line, file=sys.stderr)
sys.exit(bool(refused))
