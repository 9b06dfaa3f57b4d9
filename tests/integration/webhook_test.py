#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Mail that goes to a webhook, and mail that goes on to another mailbox when one has failed."""
import hashlib
import hmac
import json
import pathlib
import re
import shutil
import smtplib
import tempfile
import threading
import time
import unittest

import harness
from mail_sink import MailSink
from web_receiver import WebReceiver, is_genuine

MESSAGE = (b"From: Alice <alice@sender.example>\r\nTo: info@zone.example\r\nSubject: hello\r\n"
           b"Message-ID: <4@sender.example>\r\n\r\n.a line with a dot\r\nthe body\r\n")
RECIPIENT = "hook@zone.example"


class Mail(unittest.TestCase):
    """A node, where bounces go, and what the test wants besides."""

    def setUp(self):
        harness.require("openssl")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-hook-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.origin = self.enterContext(MailSink())

    def make_node(self, rules, settings=None, routes=()):
        zones = [{"name": "zone.example", "rules": rules}]
        return self.enterContext(harness.Node(
            zones, {"queue.retry_schedule": ["1s"], **(settings or {})},
            routes=[f"sender.example={self.origin.address}", *routes]))

    def send(self, node, *recipients, data=MESSAGE):
        """The queue id of what was accepted."""
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
            client.ehlo()
            client.mail("alice@sender.example")
            for recipient in recipients:
                code, text = client.rcpt(recipient)
                self.assertEqual(code, 250, text)
            code, text = client.data(data)
            self.assertEqual(code, 250, text)
            return re.search(r"queued as (\w+)", text.decode()).group(1)

    def bounce(self):
        """The text and the recipient's fields of the one bounce."""
        notice = self.origin.wait_for(1)[0]
        text, status, _ = list(notice.parsed.iter_parts())
        return notice, text.get_content(), status.get_payload()[1]

    def envelope(self, node, queue_id):
        """The first recipient in the queue."""
        status, body = node.control(f"queue/{queue_id}")
        self.assertEqual(status, 200, body)
        return json.loads(body)["result"]["envelopes"][0]

    def events(self, node, queue_id):
        status, body = node.control(f"queue/{queue_id}")
        self.assertEqual(status, 200, body)
        return json.loads(body)["result"]["events"]


class SharedHost(Mail):
    def test_a_zone_whose_webhooks_hang_holds_up_no_other_at_the_same_host(self):
        hook = self.enterContext(WebReceiver(self.directory))
        over = threading.Event()

        def answer(request, tries):
            if request.path == "/hangs":
                over.wait(40)
            return 200

        hook.on_request = answer
        zones = [{"name": "zone.example", "rules": [harness.rule("hook", webhook=f"{hook.url}/good")]},
                 {"name": "other.example",
                  "rules": [harness.rule("hook", webhook=f"{hook.url}/hangs")]}]
        node = self.enterContext(harness.Node(
            zones, {"webhook.allow_private": True, "webhook.ca_file": hook.certificate,
                    "webhook.concurrency": 3},
            routes=[f"sender.example={self.origin.address}"]))
        self.addCleanup(over.set)  # before the node stops

        def came(path):
            return sum(one.path == path for one in hook.requests)

        for _ in range(20):
            self.send(node, "hook@other.example")
        harness.wait_until(lambda: came("/hangs") == 3, 10)
        for number in range(1, 4):
            self.send(node, RECIPIENT)
            harness.wait_until(lambda: came("/good") == number, 5)
        self.assertEqual(came("/hangs"), 3)

        def waiting():
            status, body = node.control(f"queue?next_hop={hook.url}")
            self.assertEqual(status, 200, body)
            return {one["next_hop"] for one in json.loads(body)["result"]}

        harness.wait_until(lambda: waiting() == {f"{hook.url}#other.example"}, 5)


class Webhooks(Mail):
    def setUp(self):
        super().setUp()
        self.hook = self.enterContext(WebReceiver(self.directory))

    def start(self, settings=None, **more):
        rules = [harness.rule("hook", webhook=f"{self.hook.url}/mail?token=geheim"),
                 harness.rule("other", webhook=f"{self.hook.url}/other")]
        self.node = self.make_node(rules, {"webhook.allow_private": True,
                                           "webhook.ca_file": self.hook.certificate,
                                           **(settings or {})}, **more)
        return self.node

    def secret_of(self, request):
        key = (self.node.data / "webhook-secret").read_text().strip()
        rule = request.headers["Signpost-Zone"] + "\n" + request.headers["Signpost-Rule"]
        return hmac.new(key.encode(), rule.encode(), hashlib.sha256).hexdigest()

    def test_the_message_is_posted_as_it_would_be_forwarded(self):
        queue_id = self.send(self.start(), RECIPIENT)
        request = self.hook.wait_for(1)[0]
        self.node.wait_empty(10)
        self.assertEqual(request.path, "/mail?token=geheim")
        self.assertEqual(request.headers["Content-Type"], "message/rfc822")
        self.assertEqual(request.headers["Signpost-Queue-Id"], queue_id)
        self.assertEqual(request.headers["Signpost-Recipient"], RECIPIENT)
        self.assertEqual(request.headers["Signpost-Sender"], "alice@sender.example")
        self.assertEqual(request.headers["Signpost-Zone"], "zone.example")
        self.assertLess(abs(time.time() - int(request.headers["Signpost-Timestamp"])), 60)
        self.assertTrue(request.content.endswith(MESSAGE))
        prefix = request.content[:-len(MESSAGE)]
        self.assertIn(b"Received: from client.example", prefix)
        self.assertIn(b"Authentication-Results: mx.test.example", prefix)
        self.assertNotIn(b"geheim", prefix)
        self.assertTrue(is_genuine(self.secret_of(request), request))
        request.content += b" "
        self.assertFalse(is_genuine(self.secret_of(request), request))
        # The URL's secrets are for nobody who reads logs.
        self.assertNotIn("geheim", self.node.log_text())

    def test_a_large_message_is_posted_from_the_spool(self):
        large = MESSAGE + b"".join(b"%07d line\r\n" % n for n in range(250_000))
        node = self.start()
        self.send(node, RECIPIENT, data=large)
        request = self.hook.wait_for(1)[0]
        node.wait_empty(20)
        self.assertTrue(request.content.endswith(large))
        self.assertTrue(is_genuine(self.secret_of(request), request))

    def test_a_webhook_that_fails_is_tried_again(self):
        self.hook.on_request = lambda request, tries: 503 if tries == 1 else 204
        queue_id = self.send(self.start(), RECIPIENT)
        first, second = self.hook.wait_for(2)
        self.node.wait_empty(10)
        self.assertEqual(first.key, second.key)
        self.assertEqual(first.content, second.content)
        self.assertTrue(is_genuine(self.secret_of(second), second))
        self.assertEqual(self.node.metric("signpost_delivery_attempts_total", result="retry",
                                          reason="server_error"), 1)
        kinds = [(e["event"], e["reply"]) for e in self.events(self.node, queue_id)]
        self.assertEqual(kinds[1:], [("deferred", "503 4.3.2 webhook: Service Unavailable"),
                                     ("delivered", "204 2.0.0 webhook: No Content")])
        self.assertEqual(self.origin.messages, [])

    def test_a_webhook_that_is_gone_bounces_and_stays_unnamed(self):
        self.hook.on_request = lambda request, tries: 410
        self.send(self.start(), RECIPIENT)
        notice, text, fields = self.bounce()
        self.assertIn(RECIPIENT, fields["Final-Recipient"])
        self.assertEqual(fields["Status"], "5.1.6")
        self.assertIsNone(fields["Remote-MTA"])
        self.assertIn("webhook: Gone", text)
        for secret in (b"geheim", harness.SINK_IP.encode(), b"https:"):
            self.assertNotIn(secret, notice.data)
        self.assertEqual(len(self.hook.requests), 1)

    def test_each_recipient_is_a_request_of_its_own(self):
        self.send(self.start(), RECIPIENT, "other@zone.example")
        requests = self.hook.wait_for(2)
        self.node.wait_empty(10)
        self.assertEqual({r.headers["Signpost-Recipient"] for r in requests},
                         {RECIPIENT, "other@zone.example"})
        self.assertEqual(len({r.headers["Signpost-Queue-Id"] for r in requests}), 1)
        self.assertNotEqual(self.secret_of(requests[0]), self.secret_of(requests[1]))
        for request in requests:
            self.assertTrue(is_genuine(self.secret_of(request), request))

    def test_kill_9_while_it_is_posted_posts_it_again(self):
        answered = threading.Event()
        self.addCleanup(answered.set)
        self.hook.on_request = lambda request, tries: answered.wait(20) and 200
        self.send(self.start(), RECIPIENT)
        self.hook.wait_for(1)
        self.node.kill()
        answered.set()
        self.node.start()
        first, second = self.hook.wait_for(2)
        self.assertEqual(first.key, second.key)
        self.node.wait_empty(10)
        self.assertEqual(self.origin.messages, [])

    def test_an_internal_address_is_refused_unless_allowed(self):
        self.send(self.start({"webhook.allow_private": False}), RECIPIENT)
        _, _, fields = self.bounce()
        self.assertEqual(fields["Status"], "5.7.1")
        self.assertEqual(self.hook.requests, [])

    def test_a_certificate_that_nobody_knows_is_trouble_for_now(self):
        queue_id = self.send(self.start({"webhook.ca_file": ""}), RECIPIENT)

        def deferred():
            envelope = self.envelope(self.node, queue_id)
            return envelope if envelope["state"] == "deferred" else None
        envelope = harness.wait_until(deferred)
        self.assertIn("4.4.1 webhook: ", envelope["last_reply"])
        self.assertEqual(envelope["next_hop"], f"{self.hook.url}#zone.example")
        done = self.node.cli("queue", "remove", "--next-hop", self.hook.url, "--yes")
        self.assertIn("1", done.stdout)
        self.node.wait_empty(10)
        self.assertEqual(self.hook.requests, [])


class Failover(Mail):
    def setUp(self):
        super().setUp()
        self.first = self.enterContext(MailSink())
        self.second = self.enterContext(MailSink(ip="127.0.0.3"))

    def start(self, settings=None):
        rules = [harness.rule("two", failover=["a@first-choice.example", "b@second-choice.example"])]
        self.node = self.make_node(rules, settings, [
            f"first-choice.example={self.first.address}",
            f"second-choice.example={self.second.address}"])
        return self.node

    def test_the_first_that_takes_it_has_it_alone(self):
        self.send(self.start(), "two@zone.example")
        self.first.wait_for(1)
        self.node.wait_empty(10)
        self.assertEqual(self.second.sessions, 0)

    def test_what_the_first_refuses_the_second_gets(self):
        self.first.on_recipient = lambda address, tries: "550 5.2.1 closed"
        queue_id = self.send(self.start(), "two@zone.example")
        message = self.second.wait_for(1)[0]
        self.assertEqual(message.recipients, ["b@second-choice.example"])
        self.assertIn(b"X-Forwarded-To: b@second-choice.example", message.data)
        self.node.wait_empty(10)
        events = self.events(self.node, queue_id)
        self.assertEqual([e["event"] for e in events], ["received", "failover", "delivered"])
        self.assertEqual(events[1]["reply"], "550 5.2.1 closed")
        self.assertEqual(events[1]["details"]["next"], "b@second-choice.example")
        self.assertEqual(self.origin.messages, [])
        self.assertEqual(self.node.metric("signpost_queue_failovers_total"), 1)

    def test_what_expires_at_the_first_the_second_gets(self):
        self.first.on_recipient = lambda address, tries: "450 4.2.0 later"
        self.send(self.start({"queue.lifetime": "10s"}), "two@zone.example")
        self.second.wait_for(1, 30)
        self.node.wait_empty(10)
        self.assertEqual(self.origin.messages, [])

    def test_only_the_last_failure_is_reported(self):
        self.first.on_recipient = lambda address, tries: "550 5.2.1 closed"
        self.second.on_recipient = lambda address, tries: f"550 5.1.1 <{address}> who?"
        self.send(self.start(), "two@zone.example")
        notice, _, fields = self.bounce()
        self.assertIn("two@zone.example", fields["Final-Recipient"])
        self.assertIn("5.1.1", fields["Diagnostic-Code"])
        self.assertNotIn(b"b@second-choice", notice.data)
        self.assertNotIn(b"closed", notice.data)
        self.node.wait_empty(10)
        self.assertEqual(len(self.origin.messages), 1)

    def test_kill_9_between_them_loses_nothing_and_repeats_nothing(self):
        self.first.on_recipient = lambda address, tries: "550 5.2.1 closed"
        self.second.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        queue_id = self.send(self.start(), "two@zone.example")
        harness.wait_until(lambda: self.second.tries)
        self.node.kill()
        asked = dict(self.first.tries)
        self.second.on_recipient = lambda address, tries: None
        self.node.start()
        self.second.wait_for(1)
        self.node.wait_empty(10)
        self.assertEqual(self.first.tries, asked)
        self.assertEqual(len(self.second.messages), 1)
        self.assertEqual(self.origin.messages, [])
        self.assertIn("failover", [e["event"] for e in self.events(self.node, queue_id)])

    def test_the_queue_shows_where_it_would_go(self):
        self.first.on_recipient = lambda address, tries: "450 4.2.0 later"
        queue_id = self.send(self.start({"queue.retry_schedule": ["1h"]}), "two@zone.example")
        harness.wait_until(lambda: self.envelope(self.node, queue_id)["state"] == "deferred")
        envelope = self.envelope(self.node, queue_id)
        self.assertEqual(envelope["fallbacks"], ["b@second-choice.example"])
        self.assertIn("b@second-choice.example",
                      self.node.cli("queue", "show", queue_id).stdout)


if __name__ == "__main__":
    harness.main()
