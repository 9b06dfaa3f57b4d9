#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What an operator does with a node: reload, stop, look, repair."""
import json
import os
import pathlib
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import time
import unittest

import harness
from mail_sink import MailSink

MESSAGE_ID = "<5@sender.example>"
MESSAGE = (f"From: alice@sender.example\r\nSubject: hello\r\nMessage-ID: {MESSAGE_ID}\r\n"
           "\r\nthe body\r\n").encode()


def zone(*users):
    return [{"name": "zone.example",
             "rules": [harness.rule(user, f"{user}@dest.example") for user in users]}]


def send(node, recipient, sender="alice@sender.example"):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.sendmail(sender, [recipient], MESSAGE)


def accepts(node, recipient):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.ehlo()
        client.mail("alice@sender.example")
        return client.rcpt(recipient)[0] == 250


class Life(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def test_a_reload_brings_new_zones_and_keeps_sessions(self):
        with harness.Node(zone("info")) as node:
            session = smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=20)
            session.ehlo()
            self.assertFalse(accepts(node, "new@zone.example"))
            node.write_zones(zone("info", "new"))
            node.reload()
            harness.wait_until(lambda: accepts(node, "new@zone.example"), 10)
            self.assertEqual(session.noop()[0], 250)
            session.quit()

    def test_changed_zones_are_seen_without_a_signal(self):
        with harness.Node(zone("info"), {"node.reload_interval": "100ms"}) as node:
            self.assertFalse(accepts(node, "new@zone.example"))
            node.write_zones(zone("new"))
            harness.wait_until(lambda: accepts(node, "new@zone.example"), 10)
            self.assertFalse(accepts(node, "info@zone.example"))

    def test_a_broken_zones_file_leaves_the_old_zones_in_force(self):
        with harness.Node(zone("info"), {"node.reload_interval": "100ms"}) as node:
            node.zones_file.write_text("zones:\n  - name: zone.example\n    rulez: []\n")
            text = f"{node.zones_file}:3:5: unknown key 'rulez'"
            harness.wait_until(lambda: text in node.log_text(), 10)
            self.assertIn("did you mean 'rules'", node.log_text())
            self.assertTrue(accepts(node, "info@zone.example"))
            self.assertEqual(node.http("/readyz")[0], 200)
            # A mistake is told once, not at each look; a signal asks again.
            harness.wait_until(lambda: node.metric("signpost_config_reloads_total",
                                                   result="failed") == 1, 10)
            node.reload()
            harness.wait_until(lambda: node.log_text().count(text) == 2, 10)
            node.write_zones(zone("new"))
            harness.wait_until(lambda: accepts(node, "new@zone.example"), 10)
            self.assertEqual(node.log_text().count(text), 2)

    def test_a_zones_file_that_vanishes_leaves_the_old_zones_in_force(self):
        with harness.Node(zone("info"), {"node.reload_interval": "100ms"}) as node:
            node.zones_file.unlink()
            harness.wait_until(lambda: "No such file" in node.log_text(), 10)
            self.assertTrue(accepts(node, "info@zone.example"))

    def test_an_empty_zones_file_refuses_nobodys_mail(self):
        with harness.Node(zone("info"), {"node.reload_interval": "100ms"}) as node:
            def refusal(recipient):
                with smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=20) as client:
                    client.ehlo("client.example")
                    client.mail("alice@sender.example")
                    return client.rcpt(recipient)[0]
            self.assertEqual(refusal("x@elsewhere.example"), 550)
            for text in ("", "# later\n", "zones: []\n", "\0" * 4096):
                node.zones_file.write_text(text)
                harness.wait_until(lambda: "remark: config: " in node.http("/readyz")[1], 10)
                time.sleep(0.5)
                self.assertTrue(accepts(node, "info@zone.example"))
                self.assertEqual(refusal("x@elsewhere.example"), 451)
                self.assertEqual(node.metric("signpost_config_doubtful"), 1)
            self.assertIn(str(node.zones_file), node.cli("doctor", check=False).stdout)
            node.write_zones([])  # with allow_empty
            harness.wait_until(lambda: node.metric("signpost_config_doubtful") == 0, 10)
            self.assertEqual(node.http("/readyz"), (200, "ok\n"))
            self.assertEqual(refusal("x@elsewhere.example"), 550)

    def certificate_of(self, node):
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=20) as client:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            client.starttls(context=context)
            return client.sock.getpeercert(binary_form=True)

    def test_a_renewed_certificate_is_used_without_a_restart(self):
        with harness.temporary_directory() as other, harness.Node(
                zone("info"), {"node.reload_interval": "100ms"}) as node:
            old = self.certificate_of(node)
            certificate, key = harness.make_certificate(other, "renewed.test.example")
            wanted = ssl.PEM_cert_to_DER_cert(pathlib.Path(certificate).read_text())
            # As a renewal does it: first a key that does not fit, then its certificate.
            os.replace(key, node.settings["smtp.tls_key"])
            harness.wait_until(lambda: "tls.reload_failed" in node.log_text(), 10)
            self.assertEqual(self.certificate_of(node), old)
            os.replace(certificate, node.settings["smtp.tls_certificate"])
            harness.wait_until(lambda: self.certificate_of(node) == wanted, 10)

    def test_sigterm_ends_idle_sessions_with_421_and_the_node_with_0(self):
        with harness.Node(zone("info")) as node:
            session = socket.create_connection((harness.NODE_IP, node.smtp_port), 20)
            session.settimeout(20)
            stream = session.makefile("rb")
            self.assertTrue(stream.readline().startswith(b"220"))
            self.assertEqual(node.stop(), 0)
            # RFC 5321 §3.8
            self.assertTrue(stream.readline().startswith(b"421"))
            session.close()

    def test_health_pages_answer(self):
        with harness.Node(zone("info")) as node:
            self.assertEqual(node.http("/livez")[0], 200)
            self.assertEqual(node.http("/readyz")[0], 200)
            self.assertIn("signpost_build_info", node.http("/metrics")[1])

    def refuse(self, node):
        """One refusal of each of some kinds."""
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=20) as client:
            client.ehlo()
            for command in ("NONSENSE", "RCPT TO:<info@zone.example>", "MAIL FROM:<a@b@c>",
                            "MAIL FROM:<a@sender.example> SIZE=999999999",
                            "MAIL FROM:<a@sender.example>", "RCPT TO:<nobody@zone.example>",
                            "RCPT TO:<info@elsewhere.example>"):
                client.docmd(command)

    def test_metrics_count_what_happened(self):
        with MailSink() as sink, harness.Node(
                zone("info", "never", "later") + [{"name": "drop.example",
                                                   "catch_all": {"drop": True}}],
                {"queue.retry_schedule": ["1s"], "delivery.connection_idle": "0s"},
                routes=[f"*={sink.address}"]) as node:
            sink.on_recipient = lambda address, tries: (
                "550 5.1.1 no" if address.startswith("never") else
                "450 4.2.0 later" if address.startswith("later") and tries == 1 else None)
            for user in ("info", "never", "later"):
                send(node, f"{user}@zone.example")
            send(node, "x@drop.example")
            self.refuse(node)
            sink.wait_for(3)  # info, later, the notice about never
            node.wait_empty()
            for want, name, labels in (
                    (4, "smtp_messages_accepted_total", {}),
                    (4 * len(MESSAGE), "smtp_accepted_bytes_total", {}),
                    (2, "smtp_rejections_total", {"reason": "syntax"}),
                    (1, "smtp_rejections_total", {"reason": "sequence"}),
                    (1, "smtp_rejections_total", {"reason": "size"}),
                    (1, "smtp_rejections_total", {"reason": "unknown_recipient"}),
                    (1, "smtp_rejections_total", {"reason": "relay"}),
                    (6, "smtp_rejections_total", {}),
                    (3, "smtp_recipients_total", {"decision": "forward"}),
                    (1, "smtp_recipients_total", {"decision": "drop"}),
                    (1, "smtp_recipients_total", {"decision": "unknown"}),
                    (1, "smtp_recipients_total", {"decision": "not_ours"}),
                    (3, "queue_outcomes_total", {"outcome": "delivered"}),
                    (1, "queue_outcomes_total", {"outcome": "bounced"}),
                    (1, "queue_outcomes_total", {"outcome": "dropped"}),
                    (1, "queue_bounces_total", {"kind": "failure"}),
                    (3, "delivery_attempts_total", {"result": "delivered"}),
                    (1, "delivery_attempts_total", {"result": "retry",
                                                    "reason": "recipient_deferred"}),
                    (1, "delivery_attempts_total", {"result": "bounce",
                                                    "reason": "recipient_refused"}),
                    (3, "delivery_latency_seconds_count", {}),
                    (4, "smtp_accept_seconds_count", {}),
                    (1, "spool_state", {"state": "well"}),
                    (1, "node_ready", {}), (2, "config_zones", {}), (3, "config_rules", {})):
                self.assertEqual(node.metric(f"signpost_{name}", **labels), want, (name, labels))
            self.assertEqual(node.metric("signpost_smtp_rejections_total", reason="other"), 0)
            # What is open is closed in the end.
            for name in ("smtp_open_sessions", "queue_messages", "queue_recipients",
                         "queue_oldest_age_seconds", "delivery_open_sessions",
                         "net_open_connections", "memory_budget_used_bytes"):
                harness.wait_until(lambda: node.metric(f"signpost_{name}") == 0, 10, what=name)

    def test_open_things_are_shown_while_they_are_open(self):
        with MailSink() as sink, harness.Node(
                zone("info"), {"queue.retry_schedule": ["1h"]},
                routes=[f"*={sink.address}"]) as node:
            sink.on_recipient = lambda address, tries: "450 4.2.0 later"
            client = smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=20)
            self.addCleanup(client.close)
            client.sendmail("alice@sender.example", ["info@zone.example"], MESSAGE)
            for want, name, labels in (
                    (1, "smtp_open_sessions", {}), (1, "queue_messages", {}),
                    (1, "net_open_connections", {"direction": "in"}),
                    (1, "queue_recipients", {"state": "deferred"}),
                    (0, "queue_recipients", {"state": "queued"})):
                harness.wait_until(lambda: node.metric(f"signpost_{name}", **labels) == want, 10,
                                   what=f"{name} {labels}")
            client.quit()
            harness.wait_until(lambda: node.metric("signpost_smtp_open_sessions") == 0, 10)

    def test_a_grep_for_the_queue_id_tells_the_life_of_a_message(self):
        with MailSink() as sink, harness.Node(
                zone("info"), {"queue.retry_schedule": ["1s"], "log.level": "info"},
                routes=[f"*={sink.address}"]) as node:
            sink.on_recipient = lambda address, tries: "450 4.2.0 grey" if tries == 1 else None
            send(node, "info@zone.example")
            received = sink.wait_for(1)[0].parsed["Received"]
            node.wait_empty()
            queue_id = re.search(r" id (\w+)", received).group(1)
            lines = [line for line in node.log_text().splitlines() if queue_id in line]
            # The session and the delivery log from threads of their own: the first attempt may be
            # logged before the acceptance.
            order = ["message.accepted", "delivery.deferred", "delivery.delivered"]
            event_of = {line: re.search(r"event=(\S+)", line).group(1) for line in lines}
            self.assertEqual(sorted(event_of.values(), key=order.index), order)
            lines.sort(key=lambda line: order.index(event_of[line]))
            for line, wanted in zip(lines, ((MESSAGE_ID, "alice@sender.example", "127.0.0.1"),
                                            ("info@dest.example", "450 4.2.0 grey", "retry_in_s"),
                                            ("info@dest.example", sink.address.split(":")[0]))):
                for text in wanted:
                    self.assertIn(text, line)
            self.assertNotIn("the body", node.log_text())

    def test_logs_can_be_json_without_local_parts(self):
        with MailSink() as sink, harness.Node(
                zone("info"), {"log.format": "json", "log.addresses": "domain"},
                routes=[f"*={sink.address}"]) as node:
            send(node, "info@zone.example")
            sink.wait_for(1)
            node.wait_empty()
            entries = [json.loads(line) for line in node.log_text().splitlines()]
            self.assertIn("message.accepted", [entry["event"] for entry in entries])
            self.assertNotIn("alice@", node.log_text())
            self.assertNotIn("info@", node.log_text())


class Mistakes(unittest.TestCase):
    """A wrong configuration ends the start with a sentence that says what and where."""

    @classmethod
    def setUpClass(cls):
        harness.require()

    def refused(self, settings=None, zones_text=None, run_as=None):
        with harness.temporary_directory() as directory:
            node = harness.Node(zone("info"), settings, directory / "node")
            program = node.build.program("signpostd")
            if run_as:
                directory.chmod(0o755)
                # The other user may have no way into the folder of the build.
                program = shutil.copy(program, directory)
            if zones_text is not None:
                node.zones_file.write_text(zones_text)
            done = subprocess.run(
                [program, "--config", str(node.config)],
                capture_output=True, text=True, timeout=30, check=False, user=run_as)
        self.assertEqual(done.returncode, 1, done)
        last = done.stderr.splitlines()[-1]
        self.assertTrue(last.startswith("signpostd: "), done.stderr)
        return last

    def test_an_unknown_setting_names_the_nearest_known_one(self):
        self.assertIn("log.level", self.refused({"log.levle": "info"}))

    def test_a_wrong_value_names_its_setting(self):
        self.assertIn("queue.lifetime", self.refused({"queue.lifetime": "soon"}))

    def test_a_mistake_in_a_setting_is_named_with_its_place(self):
        for settings, place in (({"log.levle": "info"}, r"signpost\.yaml:\d+:\d+: .*log\.level"),
                                ({"queue.lifetime": "soon"},
                                 r"signpost\.yaml:\d+:\d+: .*queue\.lifetime"),
                                ({"smtp.message_size_max": "1KiB"},
                                 r"signpost\.yaml:\d+:\d+: .*64KiB")):
            self.assertRegex(self.refused(settings), place)

    def test_a_zones_file_with_a_mistake_is_named(self):
        self.assertRegex(self.refused(zones_text="zones: [\n"), r"zones\.yaml:\d+:\d+: ")

    def test_a_missing_zones_file_is_named(self):
        self.assertRegex(self.refused({"node.zones_file": "/nowhere/zones.yaml"}),
                         "/nowhere/zones.yaml: No such file")

    def test_a_missing_certificate_is_named(self):
        path = "/nowhere/tls.pem"
        self.assertIn(path, self.refused({"smtp.tls_certificate": path}))

    def test_a_bad_secret_is_named_with_its_line(self):
        with harness.temporary_directory() as directory:
            secrets = directory / "secrets"
            secrets.write_text("# comment\nshort\n")
            secrets.chmod(0o600)
            self.assertIn(f"{secrets}:2: ", self.refused({"srs.secret_file": str(secrets)}))

    def test_a_day_that_is_none_is_named(self):
        for day in ("soon", "2026-02-30", "2026-1-1", "26-01-01"):
            self.assertIn(f"srs.short_hashes_until: '{day}' is not a date",
                          self.refused({"srs.short_hashes_until": day}))

    def test_a_data_directory_that_cannot_be_is_named(self):
        self.assertIn("node.data_dir: /dev/null/data", self.refused(
            {"node.data_dir": "/dev/null/data"}))

    def test_a_data_directory_that_cannot_be_written_is_named(self):
        if os.geteuid() != 0:
            self.skipTest("another user is needed, which takes root")
        text = self.refused(run_as=65534)
        self.assertRegex(text, "node.data_dir: .*/data is not writable: Permission denied")

    def test_a_second_node_in_the_same_directory_is_refused(self):
        with harness.Node(zone("info")) as node:
            text = self.refused({"node.data_dir": str(node.data)})
            self.assertIn(str(node.data), text)
            self.assertIn("another", text)
            self.assertTrue(accepts(node, "info@zone.example"))
            node.cli("status")  # its control socket is still there

    def test_a_zone_that_stands_twice_is_named(self):
        text = harness.to_yaml({"zones": zone("a") + zone("b")})
        self.assertIn("zone.example", self.refused(zones_text=text))

    def test_a_port_in_use_is_named(self):
        with socket.create_server((harness.NODE_IP, 0)) as taken:
            address = f"{harness.NODE_IP}:{taken.getsockname()[1]}"
            self.assertIn(address, self.refused({"smtp.listen": [address]}))


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        if not harness.Build().has("signpost"):
            raise unittest.SkipTest("the signpost command line is not built")
        cls.sink = cls.enterClassContext(MailSink())
        cls.node = cls.enterClassContext(harness.Node(
            zone("info", "second"), {"queue.retry_schedule": ["1h"]},
            routes=[f"dest.example={cls.sink.address}"]))

    def setUp(self):
        self.sink.forget()
        self.sink.on_recipient = lambda address, tries: None

    def queue_one(self):
        """A message that was tried once and waits; its id."""
        self.sink.on_recipient = lambda address, tries: "451 4.2.0 not now"
        send(self.node, "info@zone.example")
        harness.wait_until(lambda: self.sink.tries.get("info@dest.example"), 20)
        listed = harness.wait_until(
            lambda: self.node.cli("queue", "list").stdout if self.node.queued() else "", 20)
        return re.search(r"^(\S+).*info@", listed, re.M).group(1)

    def remove_all(self, queue_id):
        self.node.cli("queue", "remove", queue_id)
        self.node.wait_empty(20)

    def test_the_queue_is_listed_and_shown(self):
        queue_id = self.queue_one()
        shown = self.node.cli("queue", "show", queue_id).stdout
        for expected in ("alice@sender.example", "info@dest.example", "451"):
            self.assertIn(expected, shown)
        self.remove_all(queue_id)

    def test_a_retry_delivers_at_once(self):
        queue_id = self.queue_one()
        self.sink.on_recipient = lambda address, tries: None
        self.node.cli("queue", "retry", queue_id)
        self.assertTrue(self.sink.wait_for(1)[0].data.endswith(MESSAGE))
        self.node.wait_empty(20)

    def test_a_removed_message_is_gone(self):
        self.remove_all(self.queue_one())
        self.assertEqual(self.sink.messages, [])

    def test_an_unknown_id_is_an_error(self):
        done = self.node.cli("queue", "show", "nosuchid", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_rules_test_says_where_mail_goes(self):
        self.assertIn("info@dest.example",
                      self.node.cli("rules", "test", "info@zone.example").stdout)
        self.assertIn("5.1.1",
                      self.node.cli("rules", "test", "nobody@zone.example", check=False).stdout)

    def test_config_check_finds_mistakes_without_starting_anything(self):
        self.node.cli("config", "check")
        with harness.temporary_directory() as directory:
            other = harness.Node(zone("info"), {"log.levle": "info"}, directory / "node")
            done = other.cli("config", "check", check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("log.level", done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
