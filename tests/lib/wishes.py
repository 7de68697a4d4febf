#!/usr/bin/env python3
"""wishes.py SOCKET LOG ANSWERS: the poller's end of the control socket, as a script says it.

Each request line is appended to LOG. ANSWERS has a line per answer: the beginning of a request, "=>", the lines of the
reply with "|" between them; "\\t" in both is a TAB. It is read anew for each request. What nothing fits is an error.
"""
import os, socket, sys

path, log, answers = sys.argv[1:]


def answer(request):
    for line in open(answers, encoding="utf-8"):
        if "=>" in line:
            begin, reply = (part.strip(" \n").replace("\\t", "\t") for part in line.split("=>", 1))
            if request.startswith(begin):
                return reply.replace("|", "\n") + "\n"
    return "error\tinvalid\tNothing is known of this wish.\n"


if os.path.exists(path):
    os.unlink(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen(8)
while True:
    peer, _ = server.accept()
    with peer, peer.makefile("r", encoding="utf-8", newline="\n") as lines:
        request = lines.readline().rstrip("\n")
        with open(log, "a", encoding="utf-8") as out:
            out.write(request + "\n")
        try:
            peer.sendall(answer(request).encode())
        except BrokenPipeError:
            pass
