# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A machine as the pages for operators describe it, in a directory: their commands are run as they
stand there.

    with Machine(directory) as machine:
        for step in machine.run("signpost init --host-name mx1.example.org …"):
            print(step.line, step.status, step.output)

`signpost` and `signpostd` are the real programs. /etc/signpost, /var/lib/signpost and /usr/local are
moved below the directory, and what else is of this machine (ports, the DNS, where mail goes) comes
by the environment, whose values both programs take before those of the settings file. `systemctl`
starts and stops the one service.
"""
import dataclasses
import os
import pathlib
import re
import shlex
import smtplib
import subprocess

import harness
from dns_server import DnsServer
from mail_sink import MailSink

HOST, ADDRESS = "mx1.example.org", "192.0.2.10"
MOVED = ("/etc/signpost", "/var/lib/signpost", "/usr/local")

SYSTEMCTL = """#!{python} -B
import os, pathlib, signal, subprocess, sys, time, urllib.request
here = pathlib.Path({directory!r})
pid_file = here / "signpostd.pid"

def ended(pid):
    try:
        return pathlib.Path(f"/proc/{{pid}}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True

def stop():
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    if not ended(pid):
        os.kill(pid, signal.SIGTERM)
    while not ended(pid):
        time.sleep(0.02)
    pid_file.unlink()

def start():
    environment = dict(os.environ)
    environment.pop("SIGNPOST_DELIVERY_SOURCE_IPV4", None)  # not an address of this machine
    with open(here / "signpostd.log", "ab") as log:
        child = subprocess.Popen(["signpostd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env=environment, start_new_session=True)
    pid_file.write_text(str(child.pid))
    for _ in range(600):
        if child.poll() is not None:
            sys.exit("signpostd ended: " + (here / "signpostd.log").read_text()[-2000:])
        try:
            urllib.request.urlopen("http://{monitoring}/readyz", timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("signpostd is not ready")

match sys.argv[1:]:
    case ["daemon-reload"]:
        pass
    case ["enable", "--now", "signpostd"] | ["start", "signpostd"]:
        start()
    case ["stop", "signpostd"] | ["disable", "--now", "signpostd"]:
        stop()
    case ["restart", "signpostd"]:
        stop()
        start()
    case ["reload", "signpostd"]:
        os.kill(int(pid_file.read_text()), signal.SIGHUP)
    case other:
        sys.exit(f"systemctl {{other}}: not known here")
"""


@dataclasses.dataclass
class Step:
    """One command and what came of it."""
    line: str
    status: int
    output: str  # both streams


class Machine:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.build = harness.Build()
        self.sink, self.dns = MailSink(), DnsServer({})
        self.smtp_port, self.api_port = harness.free_port(), harness.free_port()
        self.monitoring = f"{harness.NODE_IP}:{harness.free_port()}"
        self.shell = None

    def __enter__(self):
        self.dns.__enter__()
        for name in MOVED:
            (self.directory / name.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        programs = self.directory / "bin"
        programs.mkdir()
        for name in ("signpost", "signpostd"):
            (programs / name).symlink_to(self.build.program(name))
        self.add_program("systemctl", SYSTEMCTL.format(
            python=harness.find_program("python3"), directory=str(self.directory),
            monitoring=self.monitoring))
        self.add_program("systemd-sysusers", "#!/bin/sh\n")
        self.add_program("editor", "#!/bin/sh\nfor file; do test -w \"$file\" || exit 1; done\n")
        self.shell = subprocess.Popen(
            ["bash", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=self.directory, env=self.environment())
        return self

    def __exit__(self, *_):
        self.shell.stdin.close()
        self.shell.wait(20)
        self.shell.stdout.close()
        subprocess.run([self.directory / "bin/systemctl", "stop", "signpostd"], timeout=60,
                       check=False, env=self.environment())
        self.dns.__exit__()
        self.sink.close()

    def add_program(self, name, text):
        path = self.directory / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def environment(self):
        own = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
        return {**own,
                "PATH": f"{self.directory}/bin:{own['PATH']}", "HOME": str(self.directory),
                "XDG_CONFIG_HOME": "",
                "SIGNPOST_CONFIG": self.place("/etc/signpost/signpost.yaml"),
                "SIGNPOST_NODE_DATA_DIR": self.place("/var/lib/signpost"),
                "SIGNPOST_NODE_ZONES_FILE": self.place("/etc/signpost/zones.yaml"),
                "SIGNPOST_SMTP_LISTEN": f"{harness.NODE_IP}:{self.smtp_port}",
                "SIGNPOST_MONITORING_LISTEN": self.monitoring,
                "SIGNPOST_API_LISTEN": f"{harness.NODE_IP}:{self.api_port}",
                "SIGNPOST_DNS_FORWARDERS": self.dns.forwarder,
                # Set at the provider. Resolvers ask nobody about this network (RFC 6303).
                "SIGNPOST_DNS_LOCAL_DATA": f"10.2.0.192.in-addr.arpa. 300 IN PTR {HOST}.",
                "SIGNPOST_DELIVERY_ROUTES": f"*={self.sink.address}",
                "SIGNPOST_DELIVERY_ALLOW_PRIVATE_DESTINATIONS": "true",
                "SIGNPOST_DELIVERY_SUSPEND_FIRST": "1s",
                "SIGNPOST_DELIVERY_SOURCE_IPV4": ADDRESS}

    def place(self, path):
        """Where a path of the pages is."""
        return str(self.directory / path.lstrip("/"))

    def moved(self, text):
        """A text of the pages as it is here."""
        for name in MOVED:
            text = re.sub(rf"(?<![\w./]){name}(?![\w-])", self.place(name), text)
        return text.replace("127.0.0.1:9980", f"{harness.NODE_IP}:{self.api_port}")

    def unmoved(self, text):
        """The other way round."""
        for name in MOVED:
            text = text.replace(self.place(name), name)
        return text

    # ---- commands
    def run(self, text):
        """Runs the lines of a block one after the other in one shell; yields each as a Step."""
        for line in commands_of(text):
            yield self.step(line)

    def step(self, line):
        mark = f"__{os.urandom(8).hex()}__"
        self.shell.stdin.write(f"{self.moved(line)}\nprintf '%s%s\\n' {mark} $?\n".encode())
        self.shell.stdin.flush()
        output = ""
        while True:
            piece = self.shell.stdout.readline().decode(errors="replace")
            if not piece:
                raise RuntimeError(f"the shell ended at: {line}\n{output}")
            if mark in piece:
                before, _, status = piece.partition(mark)
                return Step(line, int(status), self.unmoved(output + before))
            output += piece

    def cli(self, *words):
        """`signpost` with these words."""
        return self.step(shlex.join(["signpost", *words]))

    # ---- mail and DNS
    def send(self, recipient, text="hello", sender="alice@sender.example"):
        with smtplib.SMTP(harness.NODE_IP, self.smtp_port, "client.example", timeout=20) as client:
            client.sendmail(sender, [recipient], f"From: {sender}\r\nSubject: {text}\r\n\r\n"
                            f"{text}\r\n".encode())

    def publish(self, zone_file):
        """Records as lines of a zone file; their names and types."""
        seen = []
        for line in zone_file.splitlines():
            found = re.match(r"^(\S+)\.(?: \d+)?\s+IN\s+(A|AAAA|MX|TXT|PTR)\s+(.*)$", line)
            if not found:
                continue
            name, kind, data = found[1].lower(), found[2], found[3]
            if kind == "TXT":
                data = "".join(re.findall(r'"([^"]*)"', data))
            else:
                data = data.split(";")[0].strip().rstrip(".")
            self.dns.table.setdefault((name, kind), [])
            if data not in self.dns.table[(name, kind)]:
                self.dns.table[(name, kind)].append(data)
            seen.append((name, kind))
        return seen


def commands_of(text):
    """The commands of a block, one each; lines that end with a backslash are joined."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [line.strip() for line in joined.splitlines()
            if line.strip() and not line.strip().startswith("#")]
