#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A disk that does not answer: clients and health checks are answered all the same, in time."""
import contextlib
import http.client
import json
import smtplib
import socket
import threading
import time
import unittest

import harness
from mail_sink import MailSink

HEAD = b"From: alice@sender.example\r\nSubject: hello\r\n\r\n"
ZONES = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]
DEADLINE = 2


class Hanging(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.sink = self.enterContext(MailSink())
        self.directory = self.enterContext(harness.temporary_directory())
        self.switches = self.directory / "switches"
        self.switches.mkdir()
        build = harness.Build()
        self.node = harness.Node(
            ZONES, {"queue.retry_schedule": ["1s"], "storage.commit_deadline": f"{DEADLINE}s",
                    **self.settings()},
            directory=self.directory / "node", routes=[f"*={self.sink.address}"], build=build,
            environment={"LD_PRELOAD": build.program("stuck_disk.so"),
                         "SIGNPOST_STUCK_DIRECTORY": str(self.directory / "node" / "data"),
                         "SIGNPOST_STUCK_SWITCHES": str(self.switches)})
        self.enterContext(self.node)

    def settings(self):
        return {}

    @contextlib.contextmanager
    def stuck(self, what):
        switch = self.switches / what
        switch.touch()
        try:
            yield
        finally:
            switch.unlink(missing_ok=True)

    def client(self):
        client = smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, "client.example", timeout=60)
        self.addCleanup(client.close)
        client.ehlo()
        return client

    def begin(self):
        client = self.client()
        client.mail("alice@sender.example")
        client.rcpt("info@zone.example")
        self.assertEqual(client.docmd("DATA")[0], 354)
        return client

    def finish(self, client, text):
        """The reply to the final dot, and how long it took."""
        began = time.monotonic()
        client.send(HEAD + text + b".\r\n")
        return client.getreply()[0], time.monotonic() - began

    def send(self, text):
        return self.finish(self.begin(), text)[0]

    def wait_unready(self, *words):
        def is_told():
            status, page = self.node.http("/readyz")
            return status == 503 and all(word in page for word in words)
        harness.wait_until(is_told, DEADLINE + 8, 0.1, f"/readyz tells of {words}")

    def texts(self):
        return {m.data.rpartition(b"\r\n\r\n")[2].strip() for m in self.sink.messages}


class Disk(Hanging):
    def check_hang(self, what):
        self.assertEqual(self.send(b"before\r\n"), 250)
        # Before the trouble they had begun; they are answered at the deadline.
        clients = [self.begin() for _ in range(5)]
        answers = []
        with self.stuck(what):
            if what == "stat":
                time.sleep(1.5)  # until the store looks at its space again
            threads = [threading.Thread(target=lambda c=c, n=n: answers.append(
                self.finish(c, b"hung %d\r\n" % n))) for n, c in enumerate(clients)]
            for thread in threads:
                thread.start()
            self.wait_unready("spool: failed", " has not returned for ")
            for thread in threads:
                thread.join(DEADLINE + 5)
            self.assertEqual(len(answers), 5, "all are answered while the disk hangs")
            for code, took in answers:
                self.assertEqual(code, 451)
                self.assertLess(took, DEADLINE + 2)
            self.assertEqual(self.node.metric("signpost_spool_state", state="failed"), 1)
            self.assertGreaterEqual(
                self.node.metric("signpost_spool_wait_seconds", call="write"), DEADLINE)
            # Who comes now hears it at once, and the node is alive.
            began = time.monotonic()
            self.assertEqual(self.client().mail("alice@sender.example")[0], 451)
            self.assertLess(time.monotonic() - began, 2)
            self.assertEqual(self.node.http("/livez")[0], 200)
        harness.wait_until(lambda: self.node.http("/readyz")[0] == 200, 10, 0.1, "ready again")
        self.assertEqual(self.send(b"after\r\n"), 250)
        harness.wait_until(lambda: {b"before", b"after"} <= self.texts(), 20, 0.1, "delivered")
        self.node.wait_empty(20)
        self.assertEqual(self.node.metric("signpost_spool_wait_seconds", call="write"), 0)

    def test_a_sync_that_hangs(self):
        self.check_hang("sync")

    def test_a_look_at_free_space_that_hangs(self):
        self.check_hang("stat")
        # Nothing had been written of what was refused, so nothing of it turns up.
        self.assertEqual(self.texts(), {b"before", b"after"})


class Dead(Hanging):
    def settings(self):
        return {"storage.commit_deadline": "30s", "node.hang_exit_after": "2s",
                "storage.failed_exit_after": "0s"}

    def test_a_writer_that_hangs_for_long_is_dead(self):
        self.assertEqual(self.send(b"before\r\n"), 250)
        self.assertEqual(self.node.http("/livez")[0], 200)
        client = self.begin()
        with self.stuck("sync"):
            client.send(HEAD + b"hung\r\n.\r\n")
            answers = []

            def is_dead():
                with contextlib.suppress(OSError):
                    answers.append(self.node.http("/livez"))
                return answers and answers[-1][0] == 503
            harness.wait_until(is_dead, 10, 0.05, "/livez says that the node is dead")
            self.assertIn("SPOOLER", answers[-1][1])
        status = self.node.process.child.wait(30)
        self.node.process = None
        self.assertEqual(status, 3, "its supervisor is to start it anew")


class ControlStore(Hanging):
    def settings(self):
        return {"config.source": "store", "api.listen": [], "api.answer_timeout": "3s"}

    def change(self, name):
        """The status of a request for a new zone, and how long it took."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("node", timeout=60)
        with socket.socket(socket.AF_UNIX) as connection.sock:
            connection.sock.connect(str(self.node.data / "control.sock"))
            connection.request("POST", "/client/v4/zones", json.dumps({"name": name}),
                               {"Content-Type": "application/json"})
            status = connection.getresponse().status
        return status, time.monotonic() - began

    def test_changes_are_answered_while_the_disk_hangs(self):
        self.assertEqual(self.change("a.example")[0], 200)
        with self.stuck("sync"):
            status, took = self.change("b.example")
            self.assertEqual(status, 503)
            self.assertLess(took, 5)
            self.wait_unready("control disk: has not answered for ")
            # Nobody else is kept waiting: neither for a thread nor for the disk.
            status, took = self.change("c.example")
            self.assertEqual(status, 503)
            self.assertLess(took, 1)
        harness.wait_until(lambda: self.node.http("/readyz")[0] == 200, 10, 0.1, "ready again")
        self.assertEqual(self.change("d.example")[0], 200)


if __name__ == "__main__":
    harness.main()
