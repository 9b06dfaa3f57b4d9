#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""How a node finds mail hosts and talks to them: MX, addresses, connections, TLS, extensions."""
import smtplib
import unittest

import harness
from dns_server import DnsServer
from mail_sink import MailSink

BODY = b"From: alice@sender.example\r\nSubject: hello\r\nMessage-ID: <3@sender.example>\r\n\r\n"
MESSAGE = BODY + b"body\r\n"
FIRST, SECOND, DEAD = "127.0.0.2", "127.0.0.3", "127.0.0.4"
USERS = {
    "mx": "info@mx.example", "deadmx": "info@deadmx.example", "null": "info@null.example",
    "cname": "info@cname.example", "implicit": "info@implicit.example",
    "nowhere": "info@nowhere.example", "literal": f"info@[{FIRST}]", "six": "info@six.example",
    "self": "info@self.example",
}
DNS = {
    ("mx1.host.example", "A"): [FIRST], ("mx2.host.example", "A"): [SECOND],
    ("mx0.host.example", "A"): [DEAD], ("mx.test.example", "A"): [harness.NODE_IP],
    ("mx.example", "MX"): ["10 mx1.host.example", "20 mx2.host.example"],
    ("deadmx.example", "MX"): ["5 mx0.host.example", "20 mx2.host.example"],
    ("null.example", "MX"): ["0 ."],
    ("cname.example", "CNAME"): ["mx.example"],
    ("implicit.example", "A"): [SECOND],
    ("self.example", "MX"): ["10 mx.test.example", "20 mx2.host.example"],
}


class Destinations(unittest.TestCase):
    """Two mail hosts on one port, and a DNS that knows them."""

    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.first = cls.enterClassContext(MailSink(FIRST))
        port = cls.first.port
        cls.second = cls.enterClassContext(MailSink(SECOND, port=port))
        cls.six = cls.enterClassContext(MailSink("::1"))
        cls.origin = cls.enterClassContext(MailSink())
        dns = cls.enterClassContext(DnsServer(DNS))
        rules = [harness.rule(user, destination) for user, destination in USERS.items()]
        rules += [harness.rule("many", *(f"u{n}@mx.example" for n in range(50)))]
        cls.node = cls.enterClassContext(harness.Node(
            [{"name": "zone.example", "rules": rules}],
            {"queue.retry_schedule": ["1s"], "delivery.port": port,
             "dns.forwarders": [dns.forwarder]},
            routes=[f"sender.example={cls.origin.address}", f"six.example={cls.six.address}"]))

    def setUp(self):
        for sink in (self.first, self.second, self.six, self.origin):
            sink.on_connect, sink.on_mail = lambda: None, lambda address: None
            sink.on_recipient = lambda address, tries: None
            sink.forget()
            sink.extensions = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000"]
            sink.hang_up()

    def tearDown(self):
        self.node.wait_empty(20)

    def send(self, user, data=MESSAGE, options=(), sender="alice@sender.example"):
        with smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, "client.example",
                          timeout=20) as client:
            client.command_encoding = "utf-8"
            client.ehlo()
            self.assertEqual(client.mail(sender, options)[0], 250)
            self.assertEqual(client.rcpt(f"{user}@zone.example")[0], 250)
            self.assertEqual(client.data(data)[0], 250)

    def status_of_the_notice(self):
        _, status, _ = self.origin.wait_for(1)[0].parsed.iter_parts()
        return status.get_payload()[1]

    def test_the_preferred_host_gets_the_mail(self):
        self.send("mx")
        self.assertEqual(self.first.wait_for(1)[0].recipients, ["info@mx.example"])
        self.assertEqual(self.second.messages, [])

    def test_a_dead_first_host_is_passed_over(self):
        self.send("deadmx")
        self.assertEqual(self.second.wait_for(1)[0].recipients, ["info@deadmx.example"])

    def test_a_first_host_that_turns_everybody_away_is_passed_over(self):
        self.first.on_connect = lambda: "421 4.3.2 not now"
        self.send("mx")
        self.second.wait_for(1)

    def test_a_first_host_that_cannot_take_mail_now_is_passed_over(self):
        self.first.on_mail = lambda address: "451 4.3.2 try another host"
        self.send("mx")
        self.second.wait_for(1)

    def test_a_deferred_recipient_is_not_tried_at_another_host_at_once(self):
        self.first.on_recipient = lambda address, tries: (
            "450 4.2.0 greylisted" if tries == 1 else None)
        self.send("mx")
        self.first.wait_for(1)
        self.assertEqual(self.second.commands, [])

    def test_a_domain_that_takes_no_mail_is_bounced_at_once(self):
        self.send("null")
        fields = self.status_of_the_notice()
        self.assertEqual(fields["Status"], "5.1.10")  # RFC 7505 §4.2
        self.assertEqual(fields["Action"], "failed")

    def test_a_domain_that_does_not_exist_is_bounced_at_once(self):
        self.send("nowhere")
        self.assertEqual(self.status_of_the_notice()["Status"], "5.1.2")

    def test_a_domain_whose_mail_host_we_are_is_bounced(self):
        self.send("self")
        self.assertEqual(self.status_of_the_notice()["Status"], "5.4.6")
        self.assertEqual(self.second.messages, [])

    def test_a_cname_is_followed(self):
        self.send("cname")
        self.assertEqual(self.first.wait_for(1)[0].recipients, ["info@cname.example"])

    def test_without_mx_the_domain_itself_is_the_host(self):
        self.send("implicit")
        self.second.wait_for(1)

    def test_an_address_literal_is_a_host(self):
        self.send("literal")
        self.assertEqual(self.first.wait_for(1)[0].recipients, [f"info@[{FIRST}]"])

    def test_an_ipv6_destination_is_reached(self):
        self.send("six")
        self.assertTrue(self.six.wait_for(1)[0].data.endswith(MESSAGE))

    def test_all_recipients_at_one_destination_go_in_one_transaction(self):
        self.send("many")
        messages = self.first.wait_for(1)
        self.node.wait_empty()
        self.assertEqual([len(m.recipients) for m in messages], [50])

    def test_one_connection_carries_message_after_message(self):
        before = self.first.sessions
        for count in range(1, 6):
            self.send("mx")
            self.first.wait_for(count)
            self.node.wait_empty(20)  # else two are under way at once
        self.assertEqual(self.first.sessions - before, 1)

    def test_eight_bit_mail_is_encoded_where_no_host_takes_it_as_it_is(self):
        for sink in (self.first, self.second):
            sink.extensions = ["PIPELINING", "SIZE 50000000"]
        self.send("mx", BODY + "Grüße\r\n".encode(), ["BODY=8BITMIME"])
        harness.wait_until(lambda: self.first.messages + self.second.messages, 10)
        arrived = (self.first.messages + self.second.messages)[0]
        self.assertTrue(arrived.data.isascii())
        self.assertTrue(arrived.data.endswith(b"Gr=C3=BC=C3=9Fe\r\n"), arrived.data[-200:])
        self.assertEqual(self.origin.messages, [])

    def test_a_second_host_may_take_what_the_first_one_does_not(self):
        self.first.extensions = ["PIPELINING"]
        data = BODY + "Grüße\r\n".encode()
        self.send("mx", data, ["BODY=8BITMIME"])
        self.assertTrue(self.second.wait_for(1)[0].data.endswith(data))
        self.assertEqual(self.origin.messages, [])

    def test_internationalised_mail_is_encoded_where_it_is_not_taken(self):
        for sink in (self.first, self.second):
            sink.extensions = ["PIPELINING", "8BITMIME"]
        data = MESSAGE.replace(b"hello", "Grüße".encode())
        self.send("mx", data, ["BODY=8BITMIME", "SMTPUTF8"])
        harness.wait_until(lambda: self.first.messages + self.second.messages, 10)
        arrived = (self.first.messages + self.second.messages)[0]
        self.assertIn(b"=?utf-8?B?R3LDvMOfZQ==?=", arrived.data)
        self.assertEqual(self.origin.messages, [])

    def test_seven_bit_mail_goes_to_a_host_without_any_extension(self):
        self.first.extensions = []
        self.send("mx")
        self.assertTrue(self.first.wait_for(1)[0].data.endswith(MESSAGE))


class Encryption(unittest.TestCase):
    def setUp(self):
        harness.require()
        directory = self.enterContext(harness.temporary_directory())
        certificate, key = harness.make_certificate(directory, "mx.dest.example")
        self.sink = self.enterContext(MailSink(certificate=certificate, key=key))

    def deliver(self, settings=None):
        zones = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]
        with harness.Node(zones, settings, routes=[f"*={self.sink.address}"]) as node:
            with smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=20) as client:
                client.sendmail("alice@sender.example", ["info@zone.example"], MESSAGE)
            return self.sink.wait_for(1)[0]

    def test_what_offers_tls_gets_mail_with_tls(self):
        self.assertTrue(self.deliver().tls)

    def test_a_handshake_that_fails_is_followed_by_plaintext(self):
        self.sink.tls_broken = True
        message = self.deliver()  # RFC 7435 §3
        self.assertFalse(message.tls)
        self.assertTrue(message.data.endswith(MESSAGE))

    def test_tls_can_be_switched_off(self):
        self.assertFalse(self.deliver({"delivery.starttls": False}).tls)
        self.assertNotIn("STARTTLS", self.sink.commands)


if __name__ == "__main__":
    harness.main()
