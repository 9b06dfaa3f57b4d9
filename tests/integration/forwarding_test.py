#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a running node does with mail that it can deliver at once, seen from both sides."""
import smtplib
import ssl
import unittest

import harness
from mail_sink import MailSink

MESSAGE = (b"From: Alice <alice@sender.example>\r\nTo: info@zone.example\r\nSubject: hello\r\n"
           b"Message-ID: <1@sender.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n"
           b"first line\r\n.a dot in front\r\n..two\r\n.\r\n\r\nafter an empty line  \r\n"
           b"\tlast\r\n")

ZONES = [{
    "name": "zone.example",
    "subaddressing": True,
    "rules": [
        harness.rule("info", "info@dest.example"),
        harness.rule("team", "a@dest.example", "b@other.example"),
        harness.rule("gone", drop=True),
        harness.rule("no", reject="we do not want this"),
    ],
}, {
    "name": "all.example",
    "catch_all": {"forward": ["everything@dest.example"]},
}]


class Forwarding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.directory = cls.enterClassContext(harness.temporary_directory())
        certificate, key = harness.make_certificate(cls.directory, "mx.dest.example")
        cls.sink = cls.enterClassContext(MailSink())
        cls.tls_sink = cls.enterClassContext(MailSink(certificate=certificate, key=key))
        cls.node = cls.enterClassContext(harness.Node(ZONES, routes=[
            f"dest.example={cls.sink.address}", f"other.example={cls.tls_sink.address}"]))

    def setUp(self):
        self.sink.forget()
        self.tls_sink.forget()

    def client(self):
        client = smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, "client.sender.example",
                              timeout=20)
        self.addCleanup(client.close)
        client.ehlo()
        return client

    def send(self, *recipients, sender="alice@sender.example", data=MESSAGE, options=()):
        """(code, text) of the final reply."""
        client = self.client()
        self.assertEqual(client.mail(sender, options)[0], 250)
        for recipient in recipients:
            self.assertEqual(client.rcpt(recipient)[0], 250, recipient)
        return client.data(data)

    def refused(self, recipient):
        client = self.client()
        client.mail("alice@sender.example")
        code, text = client.rcpt(recipient)
        return code, text.decode()

    def test_the_message_arrives_byte_for_byte_behind_our_trace(self):
        code, text = self.send("info@zone.example")
        self.assertEqual(code, 250)
        self.assertTrue(text.startswith(b"2."), text)
        message = self.sink.wait_for(1)[0]
        self.assertEqual(message.recipients, ["info@dest.example"])
        self.assertTrue(message.data.endswith(MESSAGE), message.data)
        prefix = message.data[:-len(MESSAGE)]
        self.assertTrue(prefix.startswith(b"Received: from client.sender.example"), prefix)
        self.assertIn(b"mx.test.example", prefix)
        self.assertTrue(prefix.endswith(b"\r\n"))

    def test_the_sender_is_rewritten_to_a_domain_of_ours(self):
        self.send("info@zone.example")
        sender = self.sink.wait_for(1)[0].sender
        self.assertRegex(sender, r"^SRS0=[^=]+=[^=]+=sender\.example=alice@zone\.example$")

    def test_the_null_sender_stays_null(self):
        self.send("info@zone.example", sender="")
        self.assertEqual(self.sink.wait_for(1)[0].sender, "")

    def test_an_unknown_address_is_refused(self):
        code, text = self.refused("nobody@zone.example")
        self.assertEqual(code, 550)
        self.assertTrue(text.startswith("5.1.1"), text)

    def test_a_domain_of_others_is_refused(self):
        for recipient in ("a@elsewhere.example", "info%elsewhere.example@dest.example"):
            code, text = self.refused(recipient)
            self.assertEqual(code, 550, recipient)
            self.assertTrue(text.startswith("5.7.1"), text)

    def test_two_destinations_get_a_copy_each(self):
        self.send("team@zone.example")
        self.assertEqual(self.sink.wait_for(1)[0].recipients, ["a@dest.example"])
        self.assertEqual(self.tls_sink.wait_for(1)[0].recipients, ["b@other.example"])

    def test_a_catch_all_takes_the_rest(self):
        self.send("whoever@all.example")
        self.assertEqual(self.sink.wait_for(1)[0].recipients, ["everything@dest.example"])

    def test_a_subaddress_falls_back_to_its_rule(self):
        self.send("info+list@zone.example")
        self.assertEqual(self.sink.wait_for(1)[0].recipients, ["info@dest.example"])

    def test_a_dropped_message_is_accepted_and_goes_nowhere(self):
        self.assertEqual(self.send("gone@zone.example")[0], 250)
        self.send("info@zone.example")  # the second one is how we know that time has passed
        self.assertEqual(len(self.sink.wait_for(1)), 1)

    def test_a_rejecting_rule_answers_with_its_text(self):
        code, text = self.refused("no@zone.example")
        self.assertEqual(code, 550)
        self.assertIn("5.7.1", text)
        self.assertIn("we do not want this", text)

    def test_starttls_comes_in_and_goes_out(self):
        client = self.client()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.assertEqual(client.starttls(context=context)[0], 220)
        client.ehlo()
        client.mail("alice@sender.example")
        client.rcpt("team@zone.example")
        self.assertEqual(client.data(MESSAGE)[0], 250)
        self.assertTrue(self.tls_sink.wait_for(1)[0].tls)
        message = self.sink.wait_for(1)[0]
        self.assertFalse(message.tls)
        self.assertIn("ESMTPS", message.parsed["Received"])

    def test_octets_over_127_arrive_unchanged(self):
        data = MESSAGE + "Grüße aus Köln\r\n".encode("utf-8") + bytes(range(128, 256)) + b"\r\n"
        self.assertEqual(self.send("info@zone.example", data=data, options=["BODY=8BITMIME"])[0],
                         250)
        message = self.sink.wait_for(1)[0]
        self.assertTrue(message.data.endswith(data))
        self.assertIn("BODY=8BITMIME", message.parameters)

    def test_an_internationalised_sender_needs_and_gets_smtputf8(self):
        client = self.client()
        client.command_encoding = "utf-8"
        self.assertEqual(client.mail("jürgen@sender.example", ["SMTPUTF8"])[0], 250)
        self.assertEqual(client.rcpt("info@zone.example")[0], 250)
        data = MESSAGE.replace(b"Alice", "Jürgen".encode())
        self.assertEqual(client.data(data)[0], 250)
        message = self.sink.wait_for(1)[0]
        self.assertIn("SMTPUTF8", message.parameters)
        self.assertTrue(message.data.endswith(data))

    def test_bdat_chunks_are_one_message(self):
        client = self.client()
        self.assertTrue(client.has_extn("chunking"))
        client.mail("alice@sender.example")
        client.rcpt("info@zone.example")
        half = len(MESSAGE) // 2
        client.send(f"BDAT {half}\r\n".encode() + MESSAGE[:half])
        self.assertEqual(client.getreply()[0], 250)
        client.send(f"BDAT {len(MESSAGE) - half} LAST\r\n".encode() + MESSAGE[half:])
        self.assertEqual(client.getreply()[0], 250)
        self.assertTrue(self.sink.wait_for(1)[0].data.endswith(MESSAGE))

    def test_several_messages_in_one_session(self):
        client = self.client()
        for _ in range(3):
            client.mail("alice@sender.example")
            client.rcpt("info@zone.example")
            self.assertEqual(client.data(MESSAGE)[0], 250)
        self.assertEqual(len(self.sink.wait_for(3)), 3)

    def test_a_bare_line_feed_cannot_smuggle_a_second_message(self):
        smuggled = (b"\n.\r\nMAIL FROM:<evil@sender.example>\r\nRCPT TO:<info@zone.example>\r\n"
                    b"DATA\r\nSubject: smuggled\r\n\r\n")
        client = self.client()
        client.mail("alice@sender.example")
        client.rcpt("info@zone.example")
        client.docmd("DATA")
        client.send(MESSAGE + smuggled + b"\r\n.\r\n")
        client.getreply()
        self.send("info@zone.example")
        self.assertFalse([m for m in self.sink.wait_for(1) if "evil" in m.sender])

    def test_swaks_delivers(self):
        harness.require("swaks")
        harness.swaks(self.node, "info@zone.example", "--body", "by swaks")
        self.assertIn(b"by swaks", self.sink.wait_for(1)[0].data)
        harness.swaks(self.node, "info@zone.example", "--tls")
        self.sink.wait_for(2)


if __name__ == "__main__":
    harness.main()
