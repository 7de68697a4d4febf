"""html-mail.py BASE PASSWORD HOST:PORT COUNT: mails that would ask HOST:PORT for something; nothing may arrive there."""
import http.server
import re
import sys
import threading
import time

import attacks
from driver import Browser

BASE, PASSWORD, HOST, COUNT = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
asked = []
fragments = dict(attacks.fragments(HOST))


class Listener(http.server.BaseHTTPRequestHandler):
    """Notes what is asked for; /bare/N is fragment N without any protection, to see that it would have worked."""

    def do_GET(self):
        bare = re.fullmatch(r"/bare/(\d+)", self.path)
        if not bare and self.path != "/favicon.ico":
            asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if bare:
            self.wfile.write(("<html><body>" + fragments[int(bare.group(1))] + "</body></html>").encode())

    do_POST = do_GET

    def log_message(self, *ignored):
        pass


class Server(http.server.ThreadingHTTPServer):
    def get_request(self):
        pair = super().get_request()
        connections.append(pair[1])
        return pair


connections = []
host, port = HOST.split(":")
server = Server((host, int(port)), Listener)
threading.Thread(target=server.serve_forever, daemon=True).start()


def check(name, complaints):
    print("not %s: %s" % (name, complaints) if complaints else "ok " + name, flush=True)


def messages(b):
    """Number of the attack by address of its message, from all pages of the search."""
    found, path = {}, "/search?q=from:mallory"
    while path:
        b.get(BASE + path)
        for address, number in re.findall(r'/(message/[0-9a-f]{32})"[^>]*>(?:<bdi>)?Attack (\d+)\.', b.source):
            found[int(number)] = "/" + address
        older = re.search(r'href="[^"]*?(/search\?q=[^"]*from=[^"]*)" rel="next"', b.source)
        path = older.group(1).replace("&amp;", "&") if older else None
    return found


with Browser("en") as b:
    b.view(1280)
    b.get(BASE + "/sign-in")
    b.type("#login", "jana.novakova")
    b.type("#password", PASSWORD)
    b.leave("main button")
    found = messages(b)
    check("all %d mails are found" % COUNT, [] if len(found) == COUNT else [len(found)])
    del asked[:], connections[:]
    unread = []
    for number in sorted(found):
        b.get(BASE + found[number] + "?view=html")
        if not b.run("return document.querySelector('iframe[sandbox=\"\"]') !== null"):
            unread.append("no frame: %d" % number)
        b.get(BASE + found[number] + "/html")  # and the answer alone, outside of any frame
        if "The first words." not in b.source:
            unread.append("unreadable: %d" % number)
    time.sleep(2)
    check("all of them can be read", unread)
    check("no request of theirs arrives", sorted(set(asked)))
    check("nor a connection", ["%d connections" % len(connections)] if connections else [])
    check("nobody was signed out", [] if "/sign-in" not in b.url else [b.url])

with Browser("en") as b:
    for number in fragments:
        try:
            b.get("http://%s/bare/%d" % (HOST, number))
        except OSError:
            pass
    time.sleep(1)
    worked = {re.sub(r"\D", "", path) for path in asked}
    print("# without protection %d of %d would have" % (len(worked), COUNT), flush=True)
    check("without protection they would have asked", [] if len(worked) > COUNT // 2 else sorted(worked))
server.shutdown()
