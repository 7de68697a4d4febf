"""A token endpoint for tests: HTTPS on 127.0.0.1.   oauth_server.py PORTFILE CERT KEY LOG
/token (refresh_token, client_credentials, device_code, authorization_code with PKCE), /device, /authorize (a browser's part, done at
once), /introspect?token= (for Dovecot). Refresh tokens are good for one use: r1, r2, ... Access tokens: a1, a2, ... for
ann@example.com; they end after the seconds that /set?access=N says. /set?fail=CODE&status=N lets the next token request fail."""
import base64, hashlib, http.server, json, ssl, sys, time, urllib.parse

portfile, cert, key, log = sys.argv[1:]
state = {"refresh": {"r0"}, "access": {}, "n": 0, "seconds": 3600, "fail": None, "pending": 2, "codes": {}, "secret": "s3cret"}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def reply(self, status, body, headers=()):
        data = json.dumps(body).encode() if not isinstance(body, bytes) else body
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def tokens(self, refresh=True):
        state["n"] += 1
        access = f"a{state['n']}"
        state["access"][access] = time.time() + state["seconds"]
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": state["seconds"]}
        if refresh:
            answer["refresh_token"] = f"r{state['n']}"
            answer["refresh_token_expires_in"] = 86400 * 7
            state["refresh"].add(answer["refresh_token"])
        self.reply(200, answer)

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        path = urllib.parse.urlparse(self.path).path
        with open(log, "a") as f:
            print(path, form.get("grant_type", "-"), file=f, flush=True)
        if path == "/device":
            return self.reply(200, {"device_code": "d1", "user_code": "ABCD-EFGH", "interval": 1, "expires_in": 60,
                                    "verification_uri": "https://localhost/device"})
        if state["fail"]:
            status, fail = state["fail"]
            state["fail"] = None
            return self.reply(status, fail.encode() if fail.startswith("raw") else {"error": fail})
        if form.get("client_secret") not in (None, state["secret"]) or form.get("client_id") != "kartoteka":
            return self.reply(401, {"error": "invalid_client"})
        grant = form.get("grant_type")
        if grant == "refresh_token" and form["refresh_token"] in state["refresh"]:
            state["refresh"].remove(form["refresh_token"])
            return self.tokens()
        if grant == "client_credentials" and form.get("client_secret"):
            return self.tokens(refresh=False)
        if grant == "urn:ietf:params:oauth:grant-type:device_code" and form["device_code"] == "d1":
            state["pending"] -= 1
            return self.tokens() if state["pending"] < 0 else self.reply(400, {"error": "authorization_pending"})
        if grant == "authorization_code" and form["code"] in state["codes"]:
            challenge, redirect = state["codes"].pop(form["code"])
            digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            if digest == challenge and redirect == form["redirect_uri"]:
                return self.tokens()
        self.reply(400, {"error": "invalid_grant"})

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/introspect":
            good = state["access"].get(query.get("token"), 0) > time.time()
            return self.reply(200, {"active": "true", "email": "ann", "scope": "mail"} if good else {"active": "false"})
        if url.path == "/authorize" and query["code_challenge_method"] == "S256":
            code = f"c{len(state['codes'])}"
            state["codes"][code] = query["code_challenge"], query["redirect_uri"]
            target = query["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": query["state"]})
            return self.reply(302, {}, [("Location", target)])
        if url.path == "/set":
            if "access" in query:
                state["seconds"] = int(query["access"])
            if "fail" in query:
                state["fail"] = int(query.get("status", 400)), query["fail"]
            return self.reply(200, {})
        self.reply(404, {})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(portfile + ".new", "w") as f:
    f.write(str(server.server_address[1]))
import os
os.rename(portfile + ".new", portfile)
server.serve_forever()
