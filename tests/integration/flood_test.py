#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Clients that take more than their part: of memory, of descriptors, of time. Others go on."""
import contextlib
import ctypes
import os
import pathlib
import resource
import shutil
import smtplib
import socket
import time
import unittest

import harness
from mail_sink import MailSink

HEAD = b"From: alice@sender.example\r\nSubject: hello\r\n\r\n"
ZONES = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]
MIB = 1 << 20
BEGIN = (b"EHLO client.example\r\nMAIL FROM:<a@sender.example> SIZE=25000000\r\n"
         b"RCPT TO:<info@zone.example>\r\n")


def stranger(n):
    """A client's address: every fourth is at home in another /24."""
    return f"127.{9 + n // 800}.{1 + n // 4 % 200}.{1 + n % 4}"


class Flood(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.sink = self.enterContext(MailSink())
        self.open = []
        self.addCleanup(self.close_all)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    def make_node(self, settings=None, **more):
        return harness.Node(ZONES, {"node.loops": 2, "log.level": "info",
                                    "smtp.refuse_early_talkers": False,
                                    "smtp.banner_delay": "0s", **(settings or {})},
                            routes=[f"*={self.sink.address}"], **more)

    def connect(self, node, source, timeout=20):
        one = socket.create_connection((harness.NODE_IP, node.smtp_port), timeout, (source, 0))
        self.open.append(one)
        return one

    def close_all(self):
        for one in self.open:
            with contextlib.suppress(OSError):
                one.close()
        self.open.clear()

    def send(self, node, text=b"x\r\n", source="127.0.0.1"):
        """The reply to the end of an honest message."""
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=60,
                          source_address=(source, 0)) as client:
            client.ehlo()
            client.mail("alice@sender.example")
            client.rcpt("info@zone.example")
            return client.data(HEAD + text)[0]

    def is_ready(self, node):
        return node.http("/readyz")[0] == 200


class Memory(Flood):
    def test_promises_take_no_memory(self):
        with self.make_node() as node:
            for n in range(257):
                one = self.connect(node, stranger(n))
                one.recv(1000)
                one.sendall(BEGIN + (b"DATA\r\n" if n % 2 else b"BDAT 25000000\r\nx"))
            time.sleep(0.5)
            self.assertEqual(self.send(node, b"x" * 70 + b"\r\n"), 250)
            self.assertLess(node.metric("signpost_memory_budget_used_bytes"), 2 * MIB)
            self.assertTrue(self.is_ready(node))
            self.close_all()

    def test_one_network_leaves_memory_to_others(self):
        with self.make_node({"smtp.memory_budget": "24MiB"}) as node:
            for n in range(80):
                one = self.connect(node, f"127.9.9.{n + 1}")
                one.recv(1000)
                one.sendall(BEGIN + b"DATA\r\n" + (b"y" * 98 + b"\r\n") * 2000)
            harness.wait_until(lambda: node.metric("signpost_memory_budget_used_bytes") > 4 * MIB)
            time.sleep(0.5)
            self.assertLess(node.metric("signpost_memory_budget_used_bytes"), 7 * MIB)
            self.assertEqual(self.send(node, (b"z" * 98 + b"\r\n") * 20_000), 250)
            self.close_all()

    def test_readiness_goes_when_all_memory_is_taken_and_comes_back(self):
        with self.make_node({"smtp.memory_budget": "16MiB",
                             "smtp.memory_client_percent": 99}) as node:
            # Small ones, so that the last of them fills what the others left.
            for n in range(400):
                one = self.connect(node, stranger(n))
                one.recv(1000)
                one.sendall(BEGIN + b"DATA\r\n" + (b"y" * 98 + b"\r\n") * 500)
            harness.wait_until(lambda: not self.is_ready(node), 30)
            self.assertIn("memory", node.http("/readyz")[1])
            self.close_all()
            harness.wait_until(lambda: self.is_ready(node), 30)
            self.assertEqual(self.send(node), 250)

    def test_who_reads_no_replies_takes_little(self):
        # What is tried here is the memory of replies: else so many commands would end the sessions.
        with self.make_node({"smtp.idle_commands_max": 1_000_000,
                             "smtp.client_idle_commands_per_minute": 0}) as node:
            self.send(node)
            before = node.process.memory_kib()
            for n in range(40):
                one = self.connect(node, stranger(n))
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                one.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    for _ in range(200):
                        one.send(b"EHLO a\r\n" * 8000)
            time.sleep(1)
            self.assertLess(node.process.memory_kib() - before, 24 * 1024)
            self.assertEqual(self.send(node), 250)
            self.close_all()


class Time(Flood):
    def drip(self, node, begin, octet):
        """Seconds until the node has had enough, and its last word."""
        one = self.connect(node, "127.9.1.1")
        one.recv(1000)
        one.sendall(begin)
        one.settimeout(0.2)
        said, started = b"", time.monotonic()
        while time.monotonic() - started < 30:
            time.sleep(0.2)
            try:
                one.sendall(octet)
                got = one.recv(10_000)
            except TimeoutError:
                continue
            except OSError:
                break
            if not got:
                break
            said += got
        return time.monotonic() - started, said.splitlines()[-1]

    def test_a_drip_is_ended(self):
        settings = {"smtp.data_timeout": "2s", "smtp.command_timeout": "2s"}
        with self.make_node(settings) as node:
            for begin, octet in ((BEGIN + b"DATA\r\n", b"x"), (BEGIN + b"BDAT 25000000\r\n", b"x"),
                                 (BEGIN, b"BDAT 1\r\nx"), (b"", b"N")):
                took, said = self.drip(node, begin, octet)
                self.assertLess(took, 15, begin)
                self.assertTrue(said.startswith(b"421 4.4.2"), said)

    def test_a_handshake_that_does_not_go_on_is_ended(self):
        with self.make_node({"smtp.tls_timeout": "2s"}) as node:
            took, _ = self.drip(node, b"EHLO a\r\nSTARTTLS\r\n", b"")
            self.assertLess(took, 15)
            self.assertEqual(node.metric("signpost_smtp_deadlines_total", deadline="tls"), 1)


class Descriptors(Flood):
    def limited(self, count):
        return ["sh", "-c", f'ulimit -S -n {count} && ulimit -H -n {count} && exec "$0" "$@"']

    def test_idle_connections_leave_descriptors_to_the_store(self):
        with self.make_node(wrapper=self.limited(1024)) as node:
            self.assertIn("descriptors.few", node.log_text())
            early = smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=60)
            early.ehlo()
            for n in range(1100):
                one = socket.socket()
                one.setblocking(False)
                one.bind((stranger(n), 0))
                one.connect_ex((harness.NODE_IP, node.smtp_port))
                self.open.append(one)
            time.sleep(2)
            self.assertEqual(node.http("/livez")[0], 200)
            # Many large messages: the store writes logs, tables and blob files.
            for _ in range(8):
                early.mail("alice@sender.example")
                early.rcpt("info@zone.example")
                self.assertEqual(early.data(HEAD + (b"y" * 98 + b"\r\n") * 100_000)[0], 250)
            self.assertNotIn("spool.write_failed", node.log_text())
            self.assertEqual(node.metric("signpost_spool_state", state="well"), 1)
            node.control("status")
            self.sink.wait_for(8)
            early.close()
            self.close_all()
            harness.wait_until(lambda: self.is_ready(node), 60)
            self.assertEqual(self.send(node), 250)

    def test_too_few_descriptors_are_told_with_the_number_that_is_needed(self):
        node = self.make_node(wrapper=self.limited(64))
        self.addCleanup(shutil.rmtree, node.directory, True)
        node.start(wait=False)
        try:
            text = r"may open 64 files, but needs \d+ at least.*LimitNOFILE=65536"
            harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, what="health is told")
            self.assertRegex(node.http("/readyz")[1], "descriptors: .*" + text)
            self.assertEqual(node.http("/livez")[0], 200)
            self.assertRegex(node.log_text(), text)
            with self.assertRaises(ConnectionRefusedError):
                smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=10)
            # Nobody keeps others from asking.
            idle = [socket.create_connection((harness.NODE_IP, node.monitoring_port), 5)
                    for _ in range(12)]
            self.assertEqual(node.http("/readyz")[0], 503)
            for one in idle:
                one.close()
        finally:
            self.assertEqual(node.stop(), 1)


class Hanging(Flood):
    def thread(self, node, name):
        for task in pathlib.Path(f"/proc/{node.process.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == name:
                return int(task.name)
        self.fail(f"no thread {name}")

    def test_a_loop_that_hangs_takes_readiness_away(self):
        attach, detach, wall = 16, 17, 0x40000000
        libc = ctypes.CDLL(None, use_errno=True)
        with self.make_node({"node.loops": 1, "node.core_dumps": True}) as node:
            task = self.thread(node, "io-0")
            if libc.ptrace(attach, task, None, None) != 0:
                self.skipTest(f"ptrace: {os.strerror(ctypes.get_errno())}")
            try:
                os.waitpid(task, wall)
                harness.wait_until(lambda: not self.is_ready(node), 40)
                self.assertIn("loop io-0", node.http("/readyz")[1])
                self.assertEqual(node.http("/livez")[0], 200)
            finally:
                libc.ptrace(detach, task, None, None)
            harness.wait_until(lambda: self.is_ready(node), 20)
            self.assertEqual(self.send(node), 250)


if __name__ == "__main__":
    harness.main()
