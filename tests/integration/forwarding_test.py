#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a running node does with mail that it can deliver at once, seen from both sides."""
import smtplib
import socket
import ssl
import unittest

import harness
from mail_sink import MailSink

MESSAGE = (b"From: Alice <alice@sender.example>\r\nTo: info@zone.example\r\nSubject: hello\r\n"
           b"Message-ID: <1@sender.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n"
           b"first line\r\n.a dot in front\r\n..two\r\n.\r\n\r\nafter an empty line  \r\n"
           b"\tlast\r\n")
# Of a node without DKIM keys; Received-SPF once for MAIL FROM and once for EHLO.
OUR_FIELDS = ["X-Forwarded-To", "X-Forwarded-For", "Received", "Received-SPF", "Received-SPF",
              "Authentication-Results"]

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
        node = harness.Node(ZONES, {"smtp.message_size_max": "64KiB"}, routes=[
            f"dest.example={cls.sink.address}", f"other.example={cls.tls_sink.address}"])
        cls.node_v6_port = harness.free_port("::1")
        node.settings["smtp.listen"] = [node.smtp_address, f"[::1]:{cls.node_v6_port}"]
        node.write_config()
        cls.node = cls.enterClassContext(node)

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
        self.assertIn(b"\r\nReceived: from client.sender.example", prefix)
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
        head = b"From: alice@sender.example\r\nSubject: outer\r\n\r\nouter"
        for end in (b"\n.\r\n", b"\n.\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r"):
            smuggled = (b"MAIL FROM:<evil@sender.example>\r\nRCPT TO:<info@zone.example>\r\n"
                        b"DATA\r\nSubject: smuggled\r\n\r\n")
            client = self.client()
            client.mail("alice@sender.example")
            client.rcpt("info@zone.example")
            client.docmd("DATA")
            client.send(head + end + smuggled + b"\r\n.\r\n")
            code, text = client.getreply()
            self.assertEqual((code, text[:5]), (550, b"5.6.0"), end)
            self.assertEqual(client.noop()[0], 250)  # what was inside was no commands
        self.send("info@zone.example")
        self.assertEqual([m.data[-len(MESSAGE):] for m in self.sink.wait_for(1)], [MESSAGE])

    def test_a_multipart_message_arrives_byte_for_byte(self):
        data = (b"From: a@sender.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n folded\r\n"
                b"X-Odd:no space\r\nMIME-Version: 1.0\r\n"
                b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n'
                b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
                b"Content-Transfer-Encoding: 8bit\r\n\r\n" + "Grüße  ".encode() + b"\r\n"
                b"--b\r\nContent-Type: application/octet-stream\r\n"
                b"Content-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n"
                b"--b--\r\nepilogue" + b" " * 500 + b"\r\n")
        self.assertEqual(self.send("info@zone.example", data=data, options=["BODY=8BITMIME"])[0],
                         250)
        message = self.sink.wait_for(1)[0]
        self.assertEqual(self.fields_in_front(message, data), OUR_FIELDS)

    def fields_in_front(self, message, data):
        """The names of the fields that stand before the message, which is whole."""
        self.assertTrue(message.data.endswith(data), message.data)
        return [line.partition(b":")[0].decode()
                for line in message.data[:-len(data)].splitlines()
                if not line.startswith((b" ", b"\t"))]

    def test_only_fields_of_ours_are_put_in_front(self):
        self.send("info@zone.example")
        self.assertEqual(self.fields_in_front(self.sink.wait_for(1)[0], MESSAGE), OUR_FIELDS)

    def test_commands_may_be_sent_without_waiting(self):
        client = self.client()
        self.assertTrue(client.has_extn("pipelining"))
        client.send(b"MAIL FROM:<alice@sender.example>\r\nRCPT TO:<info@zone.example>\r\n"
                    b"RCPT TO:<nobody@zone.example>\r\nDATA\r\n")
        self.assertEqual([client.getreply()[0] for _ in range(4)], [250, 250, 550, 354])
        body = b"From: alice@sender.example\r\nSubject: pipelined\r\n\r\nbody\r\n"
        client.send(body + b".\r\nMAIL FROM:<>\r\nRCPT TO:<info@zone.example>\r\nQUIT\r\n")
        self.assertEqual([client.getreply()[0] for _ in range(4)], [250, 250, 250, 221])
        self.fields_in_front(self.sink.wait_for(1)[0], body)

    def test_a_message_that_says_it_is_too_big_is_refused_at_mail(self):
        client = self.client()
        limit = int(client.esmtp_features["size"])
        code, text = client.mail("alice@sender.example", [f"SIZE={limit + 1}"])
        self.assertEqual((code, text[:5]), (552, b"5.3.4"))
        self.assertEqual(client.mail("alice@sender.example", [f"SIZE={limit}"])[0], 250)

    def test_a_message_that_turns_out_too_big_is_refused_at_its_end(self):
        client = self.client()
        limit = int(client.esmtp_features["size"])
        client.mail("alice@sender.example")
        client.rcpt("info@zone.example")
        client.docmd("DATA")
        line = b"x" * 998 + b"\r\n"
        client.send(b"Subject: big\r\n\r\n" + line * (limit // len(line) + 1) + b".\r\n")
        code, text = client.getreply()
        self.assertEqual((code, text[:5]), (552, b"5.3.4"))
        self.assertEqual(client.mail("alice@sender.example")[0], 250)
        self.send("info@zone.example")
        self.assertEqual(len(self.sink.wait_for(1)), 1)

    def test_it_takes_mail_over_ipv6_too(self):
        with socket.create_connection(("::1", self.node_v6_port), 20) as raw:
            stream = raw.makefile("rb")
            for line in (b"", b"HELO six.example\r\n", b"MAIL FROM:<a@sender.example>\r\n",
                         b"RCPT TO:<info@zone.example>\r\n", b"DATA\r\n",
                         b"From: a@sender.example\r\n\r\n.\r\n"):
                raw.sendall(line)
                self.assertIn(stream.readline()[:3], (b"220", b"250", b"354"))
        received = self.sink.wait_for(1)[0].parsed["Received"]
        self.assertIn("from six.example ([IPv6:::1])", received)
        self.assertIn(" with SMTP ", received)

    def test_swaks_delivers(self):
        harness.require("swaks")
        harness.swaks(self.node, "info@zone.example", "--body", "by swaks")
        self.assertIn(b"by swaks", self.sink.wait_for(1)[0].data)
        harness.swaks(self.node, "info@zone.example", "--tls")
        self.sink.wait_for(2)


if __name__ == "__main__":
    harness.main()
