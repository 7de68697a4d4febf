#!/usr/bin/env python3
"""bench-file.py FOLDER [ROUNDS]: what filing costs, side by side in one run.

FOLDER holds mail, one file each (list-linux-raid unpacked). Measures GMime parse-only of these files in one process (and of
their bytes in memory), notmuch new, filing a backlog (a parser child per 64 mails) and filing live mail (a commit and a
parser child each), the size of the files, and the memory of kartotekad and of the parser. BUILDDIR: the build folder;
BENCH_DIR: where to work, on a real disk. Run it on an idle machine: rates are by the clock, the processors' time stands
beside them.
"""
import os
import pathlib
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

build = pathlib.Path(os.environ.get("BUILDDIR", "."))
folder = pathlib.Path(sys.argv[1]).resolve()
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
mails = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".tsv")
raw = sum(path.stat().st_size for path in mails)
LIVE = 1500
IDLE = 20

CONF = """[company]
name = Bench
domains = example.cz
[data]
directory = {0}/data
master-key-file = {0}/data/master.key
spool-directory = {0}/spool
published-directory = {0}/published
run-directory = {0}/run
erasure-ledger-file = {0}/erasures
[filing]
{1}
[log]
target = stderr
level = warning
"""


class Memory(threading.Thread):
    """The highest resident memory of a process and of its children and theirs."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.own, self.below, self.stop = pid, 0, 0, False

    def run(self):
        while not self.stop:
            self.own = max(self.own, self.peak(self.pid))
            for child in self.children(self.pid):
                for one in [child] + self.children(child):
                    self.below = max(self.below, self.peak(one))
            time.sleep(0.02)

    @staticmethod
    def peak(pid):
        try:
            return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1))
        except (OSError, AttributeError):
            return 0

    @staticmethod
    def children(pid):
        found = []
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                found += open(f"/proc/{pid}/task/{task}/children").read().split()
        except OSError:
            pass
        return found


def timed(arguments, env=None, memory=None):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, text=True)
    watcher = Memory(process.pid)
    if memory is not None:
        watcher.start()
    output = process.communicate()[0]
    watcher.stop = True
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"{arguments[0]} failed")
    if memory is not None:
        memory[:] = [max(memory[0], watcher.own), max(memory[1], watcher.below)]
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, output


def gmime():
    _, cpu, output = timed([build / "tests/bench/bench-parse", folder, str(len(mails)), "gmime"])
    return [float(re.findall(rf"GMime parse-only, {where} +(\d+) mails/s", output)[-1]) for where in ("files", "memory")]


def filing(live, memory=None):
    """Mails a second, by the clock and by processor time. memory: is watched, which takes time itself, and the size of the files
    counts."""
    base = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("BENCH_DIR", "/var/tmp"), prefix="kartoteka-bench."))
    for name in ("spool", "run", "published"):
        (base / name).mkdir()
    conf = base / "kartoteka.conf"
    conf.write_text(CONF.format(base, "batch = 1" if live else ""))
    env = dict(os.environ, KARTOTEKA_CONFIG=str(conf), KARTOTEKA_PARSE=str(build / "kartoteka-parse"))
    subprocess.run([build / "tests/lib/people", conf, "staff:staff@example.cz"], env=env, check=True)
    some = mails[:LIVE] if live else mails
    subprocess.run(
        [build / "tests/lib/spool-fill", base / "spool", "mx" if live else "import", "live" if live else "import"],
        input="".join(f"{path}\ta@b.example\tstaff@example.cz\t\n" if live else f"{path}\n" for path in some), text=True, env=env, check=True)
    os.sync()
    wall, cpu, _ = timed([build / "kartotekad", "--once"], env, memory)
    size = aside = 0
    if memory is not None and not live:  # what it leaves when nothing is to do: logs copied, free pages given back
        idle = subprocess.Popen([build / "kartotekad"], env=env)
        time.sleep(IDLE)
        idle.terminate()
        idle.wait()
        size = sum(p.stat().st_size for p in (base / "data").iterdir() if p.suffix == ".db" or p.name.endswith("-wal"))
        aside, = sqlite3.connect(base / "data/kartoteka.db").execute("SELECT sum(length(bytes)) FROM attachment").fetchone()
    shutil.rmtree(base)
    return len(some) / wall, len(some) / cpu, size, aside


def notmuch():
    base = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("BENCH_DIR", "/var/tmp"), prefix="kartoteka-bench."))
    (base / "mail").symlink_to(folder)
    (base / "config").write_text(f"[database]\npath={base}/db\nmail_root={folder}\n[new]\ntags=new\nignore=/.*[.]tsv$/\n")
    (base / "db").mkdir()
    wall, cpu, _ = timed(["notmuch", "--config", base / "config", "new", "--quiet"])
    shutil.rmtree(base)
    return len(mails) / wall


print(f"{len(mails)} mails, {raw / 1e6:.1f} MB; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
memory = [0, 0]
best = {"gmime": 0, "memory": 0, "backlog": 0, "live": 0, "notmuch": 0}
cpu = {}
_, _, size, aside = filing(False, memory)
filing(True, memory)
for _ in range(rounds):
    alone, in_memory = gmime()
    best["gmime"], best["memory"] = max(best["gmime"], alone), max(best["memory"], in_memory)
    rate, per_cpu, _, _ = filing(False)
    best["backlog"], cpu["backlog"] = max(best["backlog"], rate), max(cpu.get("backlog", 0), per_cpu)
    rate, per_cpu, _, _ = filing(True)
    best["live"], cpu["live"] = max(best["live"], rate), max(cpu.get("live", 0), per_cpu)
    print(f"  GMime {alone:.0f}, backlog {best['backlog']:.0f}, live {best['live']:.0f} mails/s")
if shutil.which("notmuch"):
    best["notmuch"] = notmuch()


def line(what, rate, note):
    print(f"{what:<34}{rate:8.0f} mails/s  {rate / best['gmime']:5.2f} x GMime alone  {note}")


line("GMime parse-only, files", best["gmime"], "")
line("GMime parse-only, in memory", best["memory"], "")
line("backlog, all files written", best["backlog"],
     f"(wanted 0.30; {cpu['backlog']:.0f} mails per second of one processor)")
line("live, a commit and a child each", best["live"],
     f"(wanted 0.06; {cpu['live']:.0f} mails per second of one processor)")
if best["notmuch"]:
    line("notmuch new", best["notmuch"], f"backlog is {best['backlog'] / best['notmuch']:.1f} x (wanted 10)")
print(f"disk {size / 1e6:.1f} MB, {size / raw:.2f} x the mails' bytes; without the stored attachments {(size - aside) / raw:.2f} x (wanted 1.30)")
print(f"memory: kartotekad {memory[0] / 1024:.0f} MB (at most 128), parser {memory[1] / 1024:.0f} MB (at most 256)")
