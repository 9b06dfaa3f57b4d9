#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Forgeries that a forwarder could lend its good name, and second authors that it might not see."""
import re
import unittest

import harness

harness.use_python_with("dkim", "authres", "nacl")
# pylint: disable=wrong-import-position
import letters
from authentic_node import SERVICE, ZONE, Place
from signer import Signer

LOOPBACK = harness.SPF_OF_LOOPBACK
HOST = "mx.test.example"


def zone(name, **authentication):
    entry = {"name": name, "rules": [harness.rule("info", "info@dest.example")]}
    if authentication:
        entry["authentication"] = authentication
    return entry


ZONES = [zone(ZONE), zone("stern.example", own_author="reject"), zone("test.example"),
         zone("lax.example", dmarc="report", require_pass=False, own_author="off")]


def letter(author, fields=""):
    return (f"{author}\r\nTo: info@{ZONE}\r\nSubject: a word\r\n"
            f"{fields}\r\nhello\r\n").encode()


class Forgery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        # Who attacks may send for a domain of his own, and passes SPF for it.
        cls.attacker = Signer("attacker.example", spf=LOOPBACK)
        cls.owner = Signer(ZONE, spf="v=spf1 -all", dmarc="v=DMARC1; p=quarantine")
        cls.bank = Signer("bank.example", spf="v=spf1 -all", dmarc="v=DMARC1; p=reject")
        records = {}
        for one in (cls.attacker, cls.owner, cls.bank):
            records.update(one.records())
        records[("test.example", "TXT")] = ["v=spf1 -all"]
        cls.place = Place(records, ZONES, senders=("attacker.example",)).start(
            cls.enterClassContext)

    def attack(self, author, to=f"info@{ZONE}", fields="", **how):
        return self.place.offer(letter(author, fields), to, "x@attacker.example", **how)

    def arrives(self, author, to=f"info@{ZONE}", fields=""):
        """The signing domains, the sender and the message as the destination gets them."""
        self.place.sink.forget()
        code, text = self.attack(author, to, fields)
        self.assertEqual(code, 250, text)
        got = self.place.sink.wait_for(1)[0]
        signers = {letters.tags(value)["d"] for value in letters.values(got.data, "DKIM-Signature")}
        return signers, got.sender, got.data

    def test_a_forged_author_of_the_zone_gets_neither_its_signature_nor_its_name(self):
        signers, sender, data = self.arrives(f"From: ceo@{ZONE}")
        self.assertNotIn(ZONE, signers)
        self.assertIn(SERVICE, signers)
        self.assertRegex(sender, rf"^SRS0=.*@{re.escape(HOST)}$")
        self.assertRegex(letters.values(data, "X-Signpost-Disposition")[0], "^quarantine ")
        self.assertIn("dmarc=fail", letters.values(data, "Authentication-Results")[0])

    def test_the_sender_of_the_zone_that_nothing_shows_is_rewritten_too(self):
        self.place.sink.forget()
        message = self.attacker.sign(letter(f"From: ceo@{ZONE}"))
        code, text = self.place.offer(message, f"info@{ZONE}", f"ceo@{ZONE}")
        self.assertEqual(code, 250, text)
        got = self.place.sink.wait_for(1)[0]
        self.assertNotRegex(got.sender, rf"@{re.escape(ZONE)}$")

    def test_a_forged_author_above_the_service_domain_does_not_get_its_signature(self):
        signers, _, _ = self.arrives(f"From: ceo@below.{SERVICE}")
        self.assertEqual(signers, {ZONE})

    def test_a_zone_may_refuse_mail_in_our_own_names(self):
        code, text = self.attack(f"From: ceo@{ZONE}", "info@stern.example")
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)

    def test_where_no_name_is_left_a_proven_sender_of_elsewhere_is_kept(self):
        signers, sender, data = self.arrives("From: ceo@test.example", "info@test.example")
        self.assertEqual(sender, "x@attacker.example")
        self.assertEqual(signers, {SERVICE})
        self.assertRegex(letters.values(data, "X-Signpost-Disposition")[0], "^quarantine ")

    def test_what_could_only_leave_as_a_forgery_is_refused(self):
        message = self.attacker.sign(letter("From: ceo@test.example"))
        code, text = self.place.offer(message, "info@test.example", "ceo@test.example")
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)
        self.assertIn("is not authenticated for its author", text)

    def test_what_the_owner_signed_gets_everything(self):
        message = self.owner.sign(letter(f"From: ceo@{ZONE}"))
        self.place.sink.forget()
        code, text = self.place.offer(message, f"info@{ZONE}", "x@attacker.example")
        self.assertEqual(code, 250, text)
        got = self.place.sink.wait_for(1)[0]
        signers = {letters.tags(value)["d"] for value in letters.values(got.data, "DKIM-Signature")}
        self.assertEqual(signers, {ZONE, SERVICE})
        self.assertRegex(got.sender, rf"^SRS0=.*@{re.escape(ZONE)}$")
        self.assertEqual(letters.values(got.data, "X-Signpost-Disposition"), [])

    def test_a_second_author_behind_padding_is_not_accepted_unread(self):
        padding = f"X-Padding: {'x' * 900}\r\n" * 600
        code, text = self.attack("From: x@attacker.example",
                                 fields=padding + "From: ceo@bank.example\r\n")
        self.assertEqual((code, text[:5]), (552, "5.3.4"), text)

    def test_second_authors_are_judged_in_any_spelling(self):
        for fields in ("From: ceo@bank.example\r\n", "From : ceo@bank.example\r\n",
                       "no field\r\nFrom: ceo@bank.example\r\n",
                       "Fr\x01om: ceo@bank.example\r\n"):
            with self.subTest(fields=fields):
                code, text = self.attack("From: x@attacker.example", fields=fields)
                self.assertEqual((code, text[:5]), (550, "5.7.1"), text)
        code, text = self.attack("From: ceo@bank.example <x@attacker.example>")
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)

    def test_results_in_our_name_do_not_arrive(self):
        forged = "".join(f"Authentication-Results: {name}; dmarc=pass\r\n" for name in (
            HOST, "mx(x).test.example", "mx . test.example", '"mx".test.example', f"{HOST} 1"))
        forged += "X-Signpost-Disposition: none\r\n"
        _, _, data = self.arrives("From: x@attacker.example", fields=forged)
        self.assertEqual(len(letters.values(data, "Authentication-Results")), 1)
        self.assertEqual(letters.values(data, "X-Signpost-Disposition"), [])


if __name__ == "__main__":
    unittest.main()
