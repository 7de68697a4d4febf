"""An IMAP server that lies.   hostile_imap.py FOLDER CERT KEY [LIE...]
Listens on 127.0.0.1 three times: FOLDER/tls (implicit TLS), FOLDER/plain (for STARTTLS) and FOLDER/certs hold the ports. At each
connection it reads FOLDER/case and behaves as that says; what it heard goes to FOLDER/heard, one "connection" line first.
With the port of FOLDER/certs the case is the name of a certificate: FOLDER/CASE.pem and .key.
For each LIE it listens once more, with TLS, and tells that one until there is a file FOLDER/honest: FOLDER/lie.LIE holds the port.
A LIE that has two words is a way to stop in a phase: stall-PHASE says nothing more, drip-PHASE a byte a second, die-PHASE closes the
connection in the middle of a line."""
import os, re, socket, ssl, sys, threading, time

folder, cert, key = sys.argv[1:4]
ENDLESS = 1 << 40


def heard(text):
    with open(f"{folder}/heard", "ab") as f:
        f.write(text)


def case(kind):
    if kind.startswith("lie."):
        return "good" if os.path.exists(f"{folder}/honest") and kind != "lie.vanished-failed" else kind[4:]
    with open(f"{folder}/case") as f:
        return f.read().strip()


class Client:
    def __init__(self, sock):
        self.sock, self.buffer, self.drips = sock, b"", False

    def line(self):
        while b"\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            heard(data)
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.strip().decode("latin-1")

    def send(self, text):
        text = text if isinstance(text, bytes) else text.encode("latin-1")
        for byte in text if self.drips else ():
            self.sock.sendall(bytes([byte]))
            time.sleep(1)
        if not self.drips:
            self.sock.sendall(text)

    def endless(self, text):
        block = (text if isinstance(text, bytes) else text.encode("latin-1")) * (1 + 16384 // len(text))
        sent = 0
        while sent < ENDLESS:
            self.sock.sendall(block)
            sent += len(block)


CAPS = "IMAP4rev1 SASL-IR AUTH=PLAIN ID ENABLE CONDSTORE QRESYNC ESEARCH LIST-STATUS SPECIAL-USE UTF8=ACCEPT IDLE LITERAL+"
BODY = b"From: a@example.org\r\nSubject: x\r\n\r\ntext\r\n"


def fetch(c, tag, rest, what):
    """Answers UID FETCH; what: the present case."""
    uids = [int(n) for n in re.findall(r"\d+", rest.split("(")[0])]
    if ":" in rest.split("(")[0]:
        uids = list(range(uids[0], uids[1] + 1))
    if "RFC822.SIZE" in rest:
        sizes = {"short-size": 10, "big": 30_000_000, "huge-mail": 100_000_000, "no-size": 0, "over-limit": 2_000_000_000}
        if what == "sizes-nil":
            c.send("* 1 FETCH (UID 1 RFC822.SIZE NIL INTERNALDATE NIL)\r\n")
        elif what == "endless-fetch":
            c.endless("* 1 FETCH (UID 1 RFC822.SIZE 1 FLAGS (\\Seen))\r\n")
        elif what == "fetch-nil":
            c.send("* 1 FETCH NIL\r\n")
        elif what == "fetch-deep":
            c.send(b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 200000)
        elif what == "fetch-line":
            c.endless(b"* 1 FETCH (FLAGS (" + b"a" * 100000)
        elif what == "date-nonsense":
            c.send('* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE "99-Feb-9999 99:99:99 +9999")\r\n')
        elif what == "negative-uid":
            c.send("* 1 FETCH (UID -1 RFC822.SIZE 5)\r\n* -1 FETCH (UID 1 RFC822.SIZE 5)\r\n")
        elif what == "uid-wraps":
            c.send("* 1 FETCH (UID 4294967297 RFC822.SIZE 18446744073709551617)\r\n")
        else:
            for uid in uids:
                c.send(f'* {uid} FETCH (UID {uid} RFC822.SIZE {sizes.get(what, len(BODY))} INTERNALDATE "01-Feb-2025 10:11:12 +0100")\r\n')
        return c.send(f"{tag} OK done\r\n")
    if what == "no-size" or what == "short-size" and "<" not in rest:
        c.send(b"* 1 FETCH (UID 1 BODY[] {30000000}\r\n")
        for _ in range(300):
            c.send(b"y" * 99998 + b"\r\n")
        return c.send(f")\r\n{tag} OK done\r\n")
    if what in ("big", "huge-mail", "short-size"):
        offset = int(re.search(r"<(\d+)\.", rest).group(1))
        data = b"z" * max(0, min(1048576, (100_000_000 if what == "huge-mail" else 30_000_000) - offset))
        return c.send(f"* {uids[0]} FETCH (UID {uids[0]} BODY[]<{offset}> {{{len(data)}}}\r\n".encode() + data + f")\r\n{tag} OK done\r\n".encode())
    literals = {"wrap": 4294967296, "wrap-small": 4294967296 + 5, "negative": -5, "huge": 2000000000, "many-digits": "9" * 30,
                "plus": "5+", "empty-braces": "", "hex": "0x5"}
    if what in literals:
        c.send(f"* 1 FETCH (UID 1 BODY[] {{{literals[what]}}}\r\n")
        return c.endless(b"x" * 1000 + b"\r\n")
    answers = {
        "domino": "* 1 FETCH (UID 1 BODY[] {4294967296} abc)\r\n",
        "body-nil": "* 1 FETCH (UID 1 BODY[] NIL)\r\n* 2 FETCH (UID 2 BODY[] {4}\r\nabcd)\r\n",
        "vanished-failed": "* 1 FETCH (UID 1 BODY[] NIL)\r\n* 2 FETCH (UID 2 BODY[] {4}\r\nabcd)\r\n",
        "other-uid": "* 7 FETCH (UID 7 BODY[] {4}\r\nabcd)\r\n",
        "no-uid": "* 1 FETCH (BODY[] {4}\r\nabcd)\r\n",
        "twice": "* 1 FETCH (UID 1 BODY[] {4}\r\nabcd)\r\n* 1 FETCH (UID 1 BODY[] {4}\r\nefgh)\r\n* 2 FETCH (UID 2 BODY[] {1}\r\nx)\r\n",
        "quoted-break": "* 1 FETCH (UID 1 BODY[] \"ab\r\n* 1 FETCH (UID 1 BODY[] {4294967296}\r\ncd\")\r\n",
        "nul": b"* 1 FETCH (UID 1 \0 BODY[] {4}\r\nabcd)\r\n",
        "bye": "* 1 FETCH (UID 1 BODY[] {4}\r\nabcd)\r\n* BYE we close\r\n",
        "status-literal": "* OK [BADCHARSET ({4294967295}\r\n* 1 FETCH (UID 1 BODY[] {4294967296}\r\n",
        "expunged": "",
    }
    if what in answers:
        c.send(answers[what])
        return c.send(f"{tag} OK done\r\n")
    if what == "eof":
        c.send("* 1 FETCH (UID 1 BODY[] {4000}\r\nabcd")
        raise EOFError
    if what == "stall":
        c.send("* 1 FETCH (UID 1 BODY[] {4000}\r\nabcd")
        time.sleep(60)
    if what == "drip":
        c.send("* 1 FETCH (UID 1 BODY[] {4000}\r\n")
        while True:
            c.send("x")
            time.sleep(0.2)
    if what == "endless-body":
        for i in range(1 << 20):
            c.send(f"* 1 FETCH (UID 1 BODY[] {{1000000}}\r\n".encode() + b"x" * 1000000 + b")\r\n")
    for uid in uids:
        c.send(f"* {uid} FETCH (UID {uid} BODY[] {{{len(BODY)}}}\r\n".encode() + BODY + b")\r\n")
    c.send(f"{tag} OK done\r\n")


STATUS = "* STATUS INBOX (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 7 HIGHESTMODSEQ 9)\r\n"
LISTS = {
    "list-nil": "* LIST NIL NIL NIL\r\n* LIST () NIL INBOX\r\n* STATUS NIL NIL\r\n",
    "list-path": '* LIST () "/" "../../etc/passwd"\r\n* LIST () "/" "/etc/../x\\"y\\\\"\r\n* LIST () "/" {5}\r\na\r\nb\0\r\n* LIST () "/" ".."\r\n',
    "list-long": '* LIST () "/" "' + "x" * 10000 + '"\r\n* LIST () "/" "' + "y/" * 5000 + '"\r\n',
    "list-utf8": '* LIST () "/" "Po\xc5\xa1ta"\r\n* LIST () "/" "&AOE"\r\n* LIST () "/" "\xff\xfe"\r\n',
    "list-literal": '* LIST () "/" {4294967296}\r\n',
    "unknown": "* FOO bar {3}\r\nabc baz\r\n* 5 FOO\r\n* LIST () \"/\" INBOX\r\n* JUNK\r\n",
}
SEARCHES = {
    "search-none": "* SEARCH\r\n",
    "search-less": "* SEARCH 2\r\n",
    "search-nil": "* SEARCH NIL\r\n",
    "search-all": "* ESEARCH (TAG \"x\") UID ALL 1:4294967295\r\n",
    "search-zero": "* SEARCH 0 1\r\n* SEARCH -1\r\n",
    "search-wrap": "* SEARCH 4294967297\r\n",
    "search-other": "* 5 SEARCH 1 2 3\r\n* ESEARCH\r\n",
}


VANISHED = {
    "vanished-all": "* VANISHED (EARLIER) 1:4294967295\r\n",
    "vanished-failed": "* VANISHED (EARLIER) 1\r\n",
    "vanished-listed": "* VANISHED (EARLIER) 1:2\r\n",
    "vanished-star": "* VANISHED (EARLIER) 1:*\r\n",
    "vanished-wraps": "* VANISHED (EARLIER) 4294967297,-1\r\n",
    "vanished-ranges": "* VANISHED (EARLIER) " + ",".join(str(n) for n in range(1, 999999, 2)) + "\r\n",
}


def state(what):
    """UIDNEXT and HIGHESTMODSEQ: these lies are told to who has been here before, and so must find something new."""
    if what.startswith("vanished-"):
        count = state.visits[what] = state.visits.get(what, 0) + 1
        return 3 if what == "vanished-failed" else 3 + 30000 * min(count - 1, 3), 9 + count
    return 3, 18446744073709551615 if what == "modseq-wraps" else 9


state.visits = {}


def has_gone(what, visits):
    """The first of the mails is there at the first visit alone."""
    return what == "vanished-failed" and state.visits.get(what, 0) > visits


def phase(verb, rest):
    if verb == "UID":
        return "search" if rest.startswith("SEARCH") else "sizes" if "RFC822.SIZE" in rest else "fetch"
    return {"AUTHENTICATE": "login"}.get(verb, verb.lower())


def stop(c, what, at):
    """Stops here, if that is the lie."""
    if what == f"stall-{at}":
        time.sleep(120)
    elif what == f"die-{at}":
        c.send("* OK we had just begu")
        raise EOFError
    elif what == f"drip-{at}":
        c.drips = True


def command(c, tag, verb, rest, what):
    if verb == "LIST" and what in LISTS:
        c.send(LISTS[what])
    elif verb == "LIST":
        if what == "list-many":
            c.endless('* LIST () "/" x\r\n')
        if what == "list-line":
            c.endless('* LIST () "/" "' + "x" * 100000)
        if what == "ok-many":
            c.endless("* OK still here\r\n")
        if what == "ok-line":
            c.endless("* OK " + "x" * 100000)
        if what == "zeros":
            c.endless(b"\0" * 1000)
        if what == "other-tag":
            c.send("999 OK done\r\n")
        if what == "no-tag":
            c.send("OK done\r\n")
        if what == "bad":
            return c.send(f"{tag} BAD what is that?\r\n")
        c.send('* LIST () "/" INBOX\r\n')
        if "STATUS" in rest:
            c.send(STATUS)
    elif verb == "STATUS" and rest.startswith('"INBOX"') and not what.startswith("vanished-"):
        c.send(STATUS)
    elif verb == "EXAMINE":
        if what == "no-validity":
            return c.send(f"* 2 EXISTS\r\n{tag} OK done\r\n")
        if what == "exists-many":
            c.send("* 4294967295 EXISTS\r\n")
        elif what == "exists-wraps":
            c.send("* 4294967298 EXISTS\r\n* -1 EXISTS\r\n* EXISTS\r\n")
        else:
            c.send("* 1 EXISTS\r\n" if has_gone(what, 0) else "* 2 EXISTS\r\n")
        uidnext, modseq = state(what)
        c.send(f"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {uidnext}] x\r\n* OK [HIGHESTMODSEQ {modseq}] x\r\n")
        if "QRESYNC" in rest:
            c.send(VANISHED.get(what, ""))
    elif verb == "UID" and rest.startswith("SEARCH"):
        if what == "search-many":
            c.send("* SEARCH")
            c.endless(" 1234567890")
        c.send(SEARCHES.get(what, "* SEARCH 2\r\n" if has_gone(what, 1) else "* SEARCH 1 2\r\n"))
    elif verb == "UID":
        return fetch(c, tag, rest[6:], what)
    elif verb == "IDLE":
        c.send("+ idling\r\n")
        if what == "idle-chat":
            c.endless("* OK Still here\r\n")
        if what == "idle-bye":
            c.send("* BYE idle for too long\r\n")
        c.line()
    c.send(f"{tag} OK done\r\n")


def serve(c, kind, encrypted):
    what = case(kind)
    greetings = {"preauth": "* PREAUTH welcome\r\n", "greet-bye": "* BYE not today\r\n", "greet-ssh": "SSH-2.0-OpenSSH_9.2\r\n",
                 "greet-line": None, "greet-nothing": "", "greet-caps": "* OK [CAPABILITY " + "X" * 70000 + "] hi\r\n"}
    if what == "greet-line":
        c.endless("* OK " + "x" * 100000)
    offers = CAPS if encrypted else CAPS.replace("AUTH=PLAIN", "LOGINDISABLED") + ("" if what == "strip" else " STARTTLS")
    c.send(greetings.get(what, f"* OK [CAPABILITY {offers}] hello\r\n"))
    while True:
        parts = c.line().split(" ", 2)
        tag, verb, rest = parts[0], parts[1].upper(), parts[2] if len(parts) > 2 else ""
        what = case(kind)
        stop(c, what, phase(verb, rest))
        if verb == "CAPABILITY":
            c.send(f"* CAPABILITY {offers}\r\n{tag} OK done\r\n")
        elif verb == "STARTTLS":
            if what == "starttls-no":
                c.send(f"{tag} NO not now\r\n")
                continue
            if what == "starttls-bye":
                c.send("* BYE\r\n")
                raise EOFError
            inject = {"inject": "1 OK logged in\r\n", "inject-part": "* OK [", "inject-untagged": "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}
            c.send(f"{tag} OK begin\r\n" + inject.get(what, ""))
            if what == "inject-late":
                time.sleep(0.3)
                c.send("* OK injected\r\n")
            c = Client(context.wrap_socket(c.sock, server_side=True))
            encrypted, offers = True, CAPS
        elif verb in ("AUTHENTICATE", "LOGIN"):
            if what == "login-many-caps":
                c.send("* CAPABILITY" + " X" * 40000 + "\r\n")
            if what == "login-unavailable":
                c.send(f"{tag} NO [UNAVAILABLE] the directory is down\r\n")
                continue
            if what == "login-more":
                c.send("+ bW9yZQ==\r\n")
                c.line()
            c.send(f"{tag} OK [CAPABILITY {CAPS}] in\r\n")
        elif verb == "ENABLE":
            c.send(f"* ENABLED {rest}\r\n{tag} OK done\r\n")
        else:
            command(c, tag, verb, rest, what)


def handle(sock, kind):
    try:
        sock.settimeout(60)
        what = case(kind)
        heard(f"connection {kind} {what}\n".encode())
        if kind == "certs":
            own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            own.load_cert_chain(f"{folder}/{what}.pem", f"{folder}/{what}.key")
            if what == "old-tls":
                own.set_ciphers("ALL:@SECLEVEL=0")
                own.minimum_version = ssl.TLSVersion.TLSv1
                own.maximum_version = ssl.TLSVersion.TLSv1_1
            sock = own.wrap_socket(sock, server_side=True)
            heard(b"handshake\n")
        elif kind != "plain":
            if what == "tls-stall":
                time.sleep(60)
            sock = context.wrap_socket(sock, server_side=True)
        serve(Client(sock), kind, kind != "plain")
    except (EOFError, OSError):
        pass
    finally:
        try:
            sock.close()
        except OSError:
            pass


def listen(kind):
    server = socket.create_server(("127.0.0.1", 0))
    with open(f"{folder}/{kind}.new", "w") as f:
        f.write(str(server.getsockname()[1]))
    os.rename(f"{folder}/{kind}.new", f"{folder}/{kind}")
    while True:
        threading.Thread(target=handle, args=(server.accept()[0], kind), daemon=True).start()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
for kind in ["tls", "plain"] + [f"lie.{lie}" for lie in sys.argv[4:]]:
    threading.Thread(target=listen, args=(kind,), daemon=True).start()
listen("certs")
