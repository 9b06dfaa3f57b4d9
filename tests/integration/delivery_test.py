#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a running node does when the destination does not simply take the mail."""
import smtplib
import time
import unittest

import harness
from mail_sink import MailSink

MESSAGE = (b"From: Alice <alice@sender.example>\r\nTo: info@zone.example\r\nSubject: hello\r\n"
           b"Message-ID: <2@sender.example>\r\n\r\nthe secret body\r\n")
ZONES = [{"name": "zone.example", "rules": [
    harness.rule("info", "info@dest.example"),
    harness.rule("team", "a@dest.example", "b@dest.example")]}]


class Delivery(unittest.TestCase):
    """dest.example is where mail goes, sender.example where bounces go."""

    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.sink = cls.enterClassContext(MailSink())
        cls.origin = cls.enterClassContext(MailSink())
        cls.node = cls.enterClassContext(harness.Node(
            ZONES, {"queue.retry_schedule": ["1s"], "queue.lifetime": "20s"},
            routes=[f"dest.example={cls.sink.address}", f"sender.example={cls.origin.address}"]))

    def setUp(self):
        for sink in (self.sink, self.origin):
            sink.on_connect = lambda: None
            sink.on_recipient = lambda address, tries: None
            sink.on_data = lambda message: None
            sink.forget()

    def send(self, *recipients, sender="alice@sender.example", data=MESSAGE):
        client = smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, "client.sender.example",
                              timeout=20)
        self.addCleanup(client.close)
        client.ehlo()
        client.mail(sender)
        for recipient in recipients:
            self.assertEqual(client.rcpt(recipient)[0], 250)
        self.assertEqual(client.data(data)[0], 250)

    def test_a_greylisted_recipient_is_tried_again(self):
        self.sink.on_recipient = lambda _, tries: "450 4.2.0 greylisted" if tries < 3 else None
        self.send("info@zone.example")
        message = self.sink.wait_for(1, 20)[0]
        self.assertTrue(message.data.endswith(MESSAGE))
        self.assertEqual(self.sink.tries["info@dest.example"], 3)
        self.assertEqual(self.origin.messages, [])

    def test_a_host_that_refuses_at_the_banner_is_tried_again(self):
        refusals = ["421 4.3.2 busy", "554 5.7.1 go away"]
        self.sink.on_connect = lambda: refusals.pop(0) if refusals else None
        self.send("info@zone.example")
        self.sink.wait_for(1, 30)
        self.assertEqual(self.origin.messages, [])

    def test_only_the_deferred_recipient_is_tried_again(self):
        self.sink.on_recipient = lambda address, tries: (
            "451 4.3.0 later" if address.startswith("b@") and tries == 1 else None)
        self.send("team@zone.example")
        harness.wait_until(lambda: "b@dest.example" in
                           [r for m in self.sink.wait_for(1) for r in m.recipients], 20)
        arrived = sorted(r for m in self.sink.messages for r in m.recipients)
        self.assertEqual(arrived, ["a@dest.example", "b@dest.example"])

    def test_a_refused_recipient_makes_a_delivery_status_notification(self):
        self.sink.on_recipient = lambda address, tries: "550 5.1.1 no such user here"
        self.send("info@zone.example")
        notice = self.origin.wait_for(1)[0]
        self.assertEqual(notice.sender, "")
        self.assertEqual(notice.recipients, ["alice@sender.example"])
        report = notice.parsed
        # RFC 3464 §2, RFC 6522 §3
        self.assertEqual(report.get_content_type(), "multipart/report")
        self.assertEqual(report.get_param("report-type"), "delivery-status")
        self.assertEqual(report["Auto-Submitted"], "auto-replied")
        text, status, original = list(report.iter_parts())
        self.assertEqual(text.get_content_type(), "text/plain")
        self.assertIn("no such user here", text.get_content())
        self.assertEqual(status.get_content_type(), "message/delivery-status")
        message_fields, recipient_fields = status.get_payload()
        self.assertIn("mx.test.example", message_fields["Reporting-MTA"])
        self.assertEqual(recipient_fields["Action"], "failed")
        self.assertEqual(recipient_fields["Status"], "5.1.1")
        self.assertIn("info@zone.example",
                      str(recipient_fields["Original-Recipient"]
                          or recipient_fields["Final-Recipient"]))
        self.assertIn("550", recipient_fields["Diagnostic-Code"])
        self.assertIn(original.get_content_type(), ("text/rfc822-headers", "message/rfc822"))

    def test_a_refused_message_is_bounced_too(self):
        self.sink.on_data = lambda message: "554 5.6.0 we do not like the content"
        self.send("info@zone.example")
        notice = self.origin.wait_for(1)[0]
        self.assertIn(b"we do not like the content", notice.data)

    def test_a_null_sender_is_never_bounced(self):
        self.sink.on_recipient = lambda address, tries: "550 5.1.1 no such user"
        self.send("info@zone.example", sender="")
        self.node.wait_empty(10)
        self.assertEqual(self.origin.messages, [])

    def test_an_undeliverable_bounce_is_not_bounced(self):
        self.sink.on_recipient = lambda address, tries: "550 5.1.1 no such user"
        self.origin.on_recipient = lambda address, tries: "550 5.1.1 no such sender"
        self.send("info@zone.example")
        harness.wait_until(lambda: self.origin.tries.get("alice@sender.example"), 20)
        self.node.wait_empty(10)
        self.assertEqual(self.origin.tries, {"alice@sender.example": 1})

    def test_a_bounce_from_beyond_finds_its_way_back(self):
        self.send("info@zone.example")
        rewritten = self.sink.wait_for(1)[0].sender
        bounce = b"From: <>\r\nSubject: undeliverable\r\n\r\nit did not work\r\n"
        self.send(rewritten, sender="", data=bounce)
        arrived = self.origin.wait_for(1)[0]
        self.assertEqual(arrived.recipients, ["alice@sender.example"])
        self.assertEqual(arrived.sender, "")
        self.assertTrue(arrived.data.endswith(bounce))

    def test_a_forged_return_address_is_refused(self):
        self.send("info@zone.example")
        rewritten = self.sink.wait_for(1)[0].sender
        forged = rewritten.replace("sender.example=alice", "victim.example=alice")
        client = smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, timeout=20)
        self.addCleanup(client.close)
        client.ehlo()
        client.mail("")
        self.assertEqual(client.rcpt(forged)[0], 250)
        self.assertEqual(client.data(b"From: <>\r\nSubject: undeliverable\r\n\r\nno\r\n")[0], 550)

    def test_mail_that_stays_undeliverable_expires_with_a_notice(self):
        self.sink.on_recipient = lambda address, tries: "451 4.2.0 never"
        begin = time.monotonic()
        self.send("info@zone.example")
        notice = self.origin.wait_for(1, 60)[0]
        self.assertGreaterEqual(time.monotonic() - begin, 15)
        self.assertIn("failed", notice.data.decode())
        self.node.wait_empty(10)

    def test_queued_mail_survives_a_restart(self):
        self.sink.on_recipient = lambda address, tries: "451 4.2.0 not yet"
        self.send("info@zone.example")
        harness.wait_until(lambda: self.sink.tries.get("info@dest.example"), 20)
        self.assertEqual(self.node.stop(), 0)
        self.sink.on_recipient = lambda address, tries: None
        self.node.start()
        self.assertTrue(self.sink.wait_for(1, 20)[0].data.endswith(MESSAGE))


if __name__ == "__main__":
    harness.main()
