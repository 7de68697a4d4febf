#!/usr/bin/env python3
"""visible.py SMTP-PORT WEB-PORT PATH COOKIE FROM TO COUNT: sends mails one by one and asks for the page until each is
there; prints median and p99 in ms, and fails above 100 and 500."""
import http.client, smtplib, sys, time

smtp_port, web_port, path, cookie, sender, recipient, count = sys.argv[1:]


def on_page(word):
    connection = http.client.HTTPConnection("127.0.0.1", int(web_port))
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200:
        sys.exit("visible.py: %s answers %d" % (path, answer.status))
    return word in text


times = []
smtp = smtplib.SMTP("127.0.0.1", int(smtp_port))
for n in range(int(count)):
    word = "visible-%d-%d" % (time.time_ns(), n)
    smtp.sendmail(sender, [recipient], "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s@bench.example>\r\n\r\nText.\r\n"
                  % (sender, recipient, word, word))
    start = time.monotonic()
    while not on_page(word):
        if time.monotonic() - start > 30:
            sys.exit("visible.py: %s is not on the page after 30 s" % word)
    times.append((time.monotonic() - start) * 1000)
    time.sleep(0.05)
smtp.quit()
times.sort()
median, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
good = median <= 100 and p99 <= 500
print("%-44s %8.1f %8.1f" % ("SMTP 250 to visible: median, p99 ms", median, p99))
print("within the limits" if good else "NOT within the limits (100, 500)")
sys.exit(0 if good else 1)
