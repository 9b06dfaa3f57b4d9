# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A private Postfix as destination: its own configuration, queue, log and loopback port."""
import os
import pathlib
import pwd
import re
import socketserver
import subprocess
import threading
import unittest

import harness

MASTER = """
{address}  inet  n - n - - smtpd
postlog    unix-dgram n - n - 1 postlogd
cleanup    unix  n - n - 0 cleanup
qmgr       unix  n - n 300 1 qmgr
rewrite    unix  - - n - - trivial-rewrite
bounce     unix  - - n - 0 bounce
defer      unix  - - n - 0 bounce
trace      unix  - - n - 0 bounce
verify     unix  - - n - 1 verify
error      unix  - - n - - error
retry      unix  - - n - - error
virtual    unix  - n n - - virtual
anvil      unix  - - n - 1 anvil
tlsmgr     unix  - - n 1000? 1 tlsmgr
scache     unix  - - n - 1 scache
proxymap   unix  - - n - - proxymap
proxywrite unix  - - n - 1 proxymap
"""


class Greylist:
    """A policy service that defers each recipient's first attempt (SMTPD_POLICY_README)."""

    def __init__(self, only):
        self.only, self.seen = only, {}
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                request = {}
                for line in self.rfile:
                    name, found, value = line.decode().rstrip("\n").partition("=")
                    if found:
                        request[name] = value
                        continue
                    self.wfile.write(f"action={outer.decide(request)}\n\n".encode())
                    request = {}

        socketserver.ThreadingTCPServer.daemon_threads = True
        self.server = socketserver.ThreadingTCPServer((harness.SINK_IP, 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"{harness.SINK_IP}:{self.server.server_address[1]}"

    def decide(self, request):
        recipient = request.get("recipient", "")
        if not recipient.startswith(self.only):
            return "DUNNO"
        self.seen[recipient] = self.seen.get(recipient, 0) + 1
        return "450 4.2.0 greylisted" if self.seen[recipient] == 1 else "DUNNO"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Postfix:
    """Takes mail for `domain` into one Maildir per address.

    later@ is deferred, never@ refused, grey*@ deferred once; everything else is delivered.
    """

    def __init__(self, directory, domain="dest.example"):
        if os.geteuid() != 0:
            raise unittest.SkipTest("Postfix must be started by root")
        if not harness.find_program("postfix"):
            raise unittest.SkipTest("postfix is not installed")
        self.directory = pathlib.Path(directory) / "postfix"
        self.config = self.directory / "etc"
        self.mail = self.directory / "mail"
        self.log = self.directory / "mail.log"
        self.domain = domain
        self.port = harness.free_port(harness.SINK_IP)
        self.address = f"{harness.SINK_IP}:{self.port}"
        self.greylist = Greylist("grey")
        self._write()

    def _write(self):
        user = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "data", "mail"):
            (self.directory / name).mkdir(parents=True)
        # mkdtemp keeps others out, but Postfix's daemons run as another user.
        for path in (self.directory.parent, self.directory):
            path.chmod(0o755)
        os.chown(self.directory / "data", user.pw_uid, user.pw_gid)
        os.chown(self.mail, user.pw_uid, user.pw_gid)
        certificate, key = harness.make_certificate(self.directory, "mx.dest.example")
        access = (f"{{later@{self.domain} = 450 4.2.1 mailbox busy}}, "
                  f"{{never@{self.domain} = 550 5.1.1 no such user}}")
        settings = {
            "compatibility_level": "3.6", "myhostname": "mx.dest.example",
            "queue_directory": self.directory / "spool", "data_directory": self.directory / "data",
            "maillog_file": self.log, "maillog_file_prefixes": self.directory,
            "inet_interfaces": "loopback-only", "inet_protocols": "ipv4", "mydestination": "",
            "mynetworks": "127.0.0.3/32", "alias_maps": "", "alias_database": "",
            "smtputf8_enable": "yes",
            "virtual_mailbox_domains": self.domain, "virtual_mailbox_base": self.mail,
            "virtual_mailbox_maps": "static:box/", "virtual_uid_maps": f"static:{user.pw_uid}",
            "virtual_gid_maps": f"static:{user.pw_gid}", "virtual_minimum_uid": "1",
            "smtpd_tls_cert_file": certificate, "smtpd_tls_key_file": key,
            "smtpd_tls_security_level": "may", "smtpd_tls_loglevel": "1",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_recipient_restrictions":
                f"check_recipient_access inline:{{{access}}}, "
                f"check_policy_service inet:{self.greylist.address}",
        }
        (self.config / "main.cf").write_text(
            "".join(f"{name} = {value}\n" for name, value in settings.items()))
        (self.config / "master.cf").write_text(MASTER.format(address=self.address))

    def _command(self, word, check=True):
        return subprocess.run(
            [harness.find_program("postfix"), "-c", str(self.config), word], check=check,
            capture_output=True, text=True, timeout=60)

    def _listens(self):
        try:
            with harness.socket.create_connection((harness.SINK_IP, self.port), 1) as s:
                return s.recv(4)[:3] == b"220"
        except OSError:
            return False

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def mails(self):
        """The delivered messages as bytes, with Postfix's local line ends."""
        return [path.read_bytes() for path in sorted((self.mail / "box").glob("new/*"))]

    def wait_for(self, count, seconds=30):
        return harness.wait_until(
            lambda: self.mails() if len(self.mails()) >= count else None, seconds, 0.1,
            f"{count} messages in the mailbox")

    def replies(self, recipient):
        """What smtpd refused for the recipient, from its log."""
        return re.findall(rf"NOQUEUE: reject: .*: (\d\d\d) .*to=<{re.escape(recipient)}>",
                          self.log_text())

    def __enter__(self):
        self._command("start")
        try:
            harness.wait_until(self._listens, 20, what="Postfix listens")
        except TimeoutError:
            self.__exit__()
            raise RuntimeError(f"Postfix does not answer: {self.log_text()}") from None
        return self

    def __exit__(self, *_):
        self._command("stop", check=False)
        self.greylist.close()
