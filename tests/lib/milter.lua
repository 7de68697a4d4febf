-- The MTA's side of a dialogue, for miltertest. Prints a word per mail: yes, 451, gone ...
local unpack = unpack or table.unpack
local words = { c = "yes", a = "yes", t = "451", y = "451", r = "550", d = "lost" }

function open(address)
	local conn = mt.connect(socket, 40, 0.05)
	if conn == nil then print("gone") os.exit(0) end
	mt.conninfo(conn, "client.example", address or "192.0.2.7")
	mt.helo(conn, "client.example")
	return conn
end

-- t: from, params, rcpts ({address, params...} or address), login, id, headers ({name, value}), body, abort
function mail(conn, t)
	local macros = { "{mail_addr}", "-", "i", t.id or "" }
	if t.login then
		for _, v in ipairs({ "{auth_authen}", t.login, "{auth_type}", "PLAIN" }) do table.insert(macros, v) end
	end
	if mt.macro(conn, SMFIC_MAIL, unpack(macros)) ~= nil then print("gone") return end
	if mt.mailfrom(conn, t.from or "<a@b.example>", unpack(t.params or {})) ~= nil then print("gone") return end
	for _, rcpt in ipairs(t.rcpts or { "<jana@firma.example>" }) do
		if type(rcpt) == "string" then rcpt = { rcpt } end
		if mt.rcptto(conn, unpack(rcpt)) ~= nil then print("gone") return end
	end
	for _, header in ipairs(t.headers or { { "Subject", "x" } }) do
		if mt.header(conn, header[1], header[2]) ~= nil then print("gone") return end
	end
	if mt.eoh(conn) ~= nil then print("gone") return end
	for _, chunk in ipairs(type(t.body) == "table" and t.body or { t.body or "Hello\r\n" }) do
		if mt.bodystring(conn, chunk) ~= nil then print("gone") return end
	end
	if t.abort then mt.abort(conn) print("aborted") return end
	if mt.eom(conn) ~= nil then print("gone") return end
	local reply = mt.getreply(conn)
	print((words[string.char(math.floor(reply))] or tostring(reply)) .. (mt.eom_check(conn, MT_HDRDELETE, "X-Kartoteka") and " unmarked" or ""))
end
