#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A zone that is signed, and a node that knows its key: what was forged is not believed."""
import unittest

import harness

harness.use_python_with("dkim", "authres", "nacl", "dns", "cryptography")
# pylint: disable=wrong-import-position
import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec

import letters
from authentic_node import Place
from dns_server import DnsServer

ZONE = "signed.example"
TTL = 60


class SignedZone(DnsServer):
    """Signs its answers about signed.example; those in `forged` are changed afterwards."""
    forged = {f"forged.{ZONE}": "v=spf1 ip4:127.0.0.0/8 ~all"}

    def __init__(self, table):
        super().__init__(table)
        self.origin = dns.name.from_text(ZONE)
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.key = dns.dnssec.make_dnskey(self.private.public_key(), "ECDSAP256SHA256", flags=257)
        self.signed_questions = []

    def anchor(self):
        return f"{ZONE}. IN DNSKEY {self.key.to_text()}\n"

    def answer(self, packet):
        question = dns.message.from_wire(packet)
        name, kind = question.question[0].name, question.question[0].rdtype
        if not name.is_subdomain(self.origin):
            return super().answer(packet)
        text = name.to_text(omit_final_dot=True).lower()
        self.signed_questions.append((text, dns.rdatatype.to_text(kind)))
        reply = dns.message.make_response(question, recursion_available=True)
        records = self.records_of(text, kind)
        if records:
            rrset = dns.rrset.from_rdata_list(name, TTL, records)
            signature = dns.dnssec.sign(rrset, self.private, self.origin, self.key, lifetime=3600)
            if text in self.forged:
                rrset = dns.rrset.from_text(name, TTL, "IN", "TXT", f'"{self.forged[text]}"')
            reply.answer = [rrset, dns.rrset.from_rdata(name, TTL, signature)]
        return reply.to_wire()

    def records_of(self, text, kind):
        if kind == dns.rdatatype.DNSKEY and text == ZONE:
            return [self.key]
        return [dns.rdata.from_text("IN", kind, f'"{data}"')
                for data in self.table.get((text, dns.rdatatype.to_text(kind)), [])]


class Dnssec(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        directory = cls.enterClassContext(harness.temporary_directory())
        loopback = harness.SPF_OF_LOOPBACK
        zone = SignedZone({(f"true.{ZONE}", "TXT"): [loopback],
                           (f"forged.{ZONE}", "TXT"): ["v=spf1 -all"]})
        anchor = directory / "anchor.key"
        anchor.write_text(zone.anchor())
        cls.place = Place({}, dns=zone, keys=False,
                          settings={"dns.trust_anchor_file": str(anchor)})
        cls.place.start(cls.enterClassContext)

    def test_what_is_signed_rightly_is_believed(self):
        code, text = self.place.offer(letters.PLAIN, sender=f"alice@true.{ZONE}")
        self.assertEqual(code, 250, text)
        # It was validated, else nobody would have asked for the key.
        self.assertIn((ZONE, "DNSKEY"), self.place.dns.signed_questions)

    def test_what_is_forged_is_an_answer_that_is_missing(self):
        code, text = self.place.offer(letters.PLAIN, sender=f"alice@forged.{ZONE}")
        self.assertEqual((code, text[:4]), (451, "4.7."), text)


if __name__ == "__main__":
    harness.main()
