#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Which mail a running node takes: SPF, DKIM, DMARC and ARC of what comes in, and what follows."""
import re
import time
import unittest

import harness

harness.use_python_with("dkim", "authres", "nacl")
# pylint: disable=wrong-import-position
import letters
from authentic_node import Place
from dns_server import SERVFAIL
from signer import Signer

LOOPBACK = harness.SPF_OF_LOOPBACK
ELSEWHERE = "v=spf1 ip4:192.0.2.1 -all"


def zone(name, **authentication):
    entry = {"name": name, "rules": [harness.rule("info", "info@dest.example"),
                                     harness.rule("never", "never@dest.example")]}
    if authentication:
        entry["authentication"] = authentication
    return entry


ZONES = [
    zone("zone.example"),
    zone("stern.example", quarantine="reject"),
    zone("report.example", dmarc="report", require_pass=False),
    zone("lax.example", require_pass=False),
]
POLICIES = {
    ("_dmarc.bank.example", "TXT"): ["v=DMARC1; p=reject"],
    ("bank.example", "TXT"): [ELSEWHERE],
    ("_dmarc.shop.example", "TXT"): ["v=DMARC1; p=quarantine"],
    ("shop.example", "TXT"): [ELSEWHERE],
    ("stranger.example", "A"): ["192.0.2.2"],
    ("forged.example", "TXT"): [ELSEWHERE],
    ("broken.example", "TXT"): SERVFAIL,
    ("_dmarc.unsure.example", "TXT"): SERVFAIL,
    ("unsure.example", "TXT"): [LOOPBACK],
    ("helo.example", "TXT"): [LOOPBACK],
}


def letter(domain, text=b"hello"):
    return (f"From: someone@{domain}\r\nTo: info@zone.example\r\nSubject: a word\r\n"
            f"Message-ID: <{time.monotonic_ns()}@{domain}>\r\n\r\n").encode() + text + b"\r\n"


class Admission(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.lists, cls.other = Signer("lists.example"), Signer("other.example")
        cls.author = Signer("author.example", spf=ELSEWHERE, dmarc="v=DMARC1; p=reject")
        records = dict(POLICIES)
        for one in (cls.lists, cls.other, cls.author):
            records.update(one.records())
        cls.place = Place(records, ZONES, {"auth.trusted_sealers": ["lists.example"]}, keys=False,
                          senders=("sender.example", "forged.example", "stranger.example",
                                   "author.example")).start(cls.enterClassContext)

    def setUp(self):
        self.place.node.wait_empty()  # of what the test before did not wait for
        for sink in (self.place.sink, self.place.origin):
            sink.on_recipient = lambda address, tries: None
            sink.forget()

    def offer(self, author, to="info@zone.example", sender=None, **how):
        sender = f"someone@{author}" if sender is None else sender
        return self.place.offer(letter(author), to, sender, **how)

    def accepted_event(self):
        """The fields of the last line about a message that was taken."""
        lines = [line for line in self.place.node.log_text().splitlines()
                 if "event=message.accepted" in line]
        return lines[-1]

    def test_the_policy_of_the_authors_domain_is_enforced_and_the_domain_named(self):
        code, text = self.offer("bank.example")
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)
        self.assertIn("bank.example", text)
        self.assertIn("dmarc_reject", self.place.node.log_text())

    def test_an_spf_pass_of_another_domain_does_not_help_a_forged_author(self):
        code, text = self.offer("bank.example", sender="mallory@sender.example")
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)

    def test_a_signature_of_the_authors_domain_is_enough(self):
        message = self.author.sign(letter("author.example"))
        self.assertEqual(self.place.offer(message, sender="someone@author.example")[0], 250)
        self.assertIn("dmarc=pass", self.accepted_event())

    def test_a_broken_signature_of_the_authors_domain_is_none(self):
        message = self.author.sign(letter("author.example")).replace(b"hello", b"hullo")
        code, text = self.place.offer(message, sender="someone@author.example")
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)
        self.assertIn("author.example", text)

    def test_quarantine_marks_or_refuses_as_the_zone_says(self):
        arrived = self.place.forward(letter("shop.example"), sender="someone@sender.example")
        marks = letters.values(arrived, "X-Signpost-Disposition")
        self.assertEqual(len(marks), 1)
        self.assertRegex(marks[0], r"^quarantine \(dmarc=fail header\.from=shop\.example\)")
        code, text = self.offer("shop.example", "info@stern.example",
                                sender="someone@sender.example")
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)
        self.assertIn("shop.example", text)

    def test_a_zone_that_reports_takes_what_others_refuse(self):
        self.assertEqual(self.offer("bank.example", "info@report.example")[0], 250)
        event = self.accepted_event()
        self.assertIn("dmarc=fail", event)
        self.assertIn("dmarc_reported", event)

    def test_mail_that_nobody_stands_by_is_refused_unless_the_zone_takes_it(self):
        code, text = self.offer("stranger.example")
        self.assertEqual((code, text[:6]), (550, "5.7.26"), text)
        self.assertEqual(self.offer("stranger.example", "info@lax.example")[0], 250)
        self.assertIn("not_required", self.accepted_event())

    def test_of_a_null_sender_the_greeting_counts(self):
        code, text = self.offer("stranger.example", sender="", helo="nobody.example")
        self.assertEqual((code, text[:6]), (550, "5.7.26"), text)
        self.assertEqual(self.offer("stranger.example", sender="", helo="helo.example")[0], 250)

    def test_an_answer_of_the_dns_that_is_missing_is_waited_for(self):
        code, text = self.offer("broken.example")
        self.assertEqual((code, text[:4]), (451, "4.7."), text)
        code, text = self.offer("news.unsure.example", sender="someone@unsure.example")
        self.assertEqual((code, text[:4]), (451, "4.7."), text)
        # SPF passes for the very domain of the author: no answer could change that.
        self.assertEqual(self.offer("unsure.example")[0], 250)
        self.assertEqual(self.offer("broken.example", "info@lax.example",
                                    sender="someone@sender.example")[0], 250)

    def test_a_trusted_sealer_rescues_and_an_unknown_one_does_not(self):
        signed = self.author.sign(letter("author.example"))
        said = ("dkim=pass header.d=author.example; "
                "dmarc=pass header.from=author.example")
        for sealer, want in ((self.lists, 250), (self.other, 550)):
            sealed = sealer.seal(letters.through_a_list(signed), said)
            code, text = self.place.offer(sealed, sender=f"bounces@{sealer.domain}")
            self.assertEqual(code, want, (sealer.domain, text))
        event = next(line for line in self.place.node.log_text().splitlines()
                     if "arc_rescue" in line)
        self.assertIn("vouched_by=lists.example", event)
        broken = self.lists.seal(letters.through_a_list(signed), said) + b"one more line\r\n"
        self.assertEqual(self.place.offer(broken, sender="bounces@lists.example")[0], 550)

    def test_a_sealer_who_says_that_it_failed_rescues_nothing(self):
        changed = letters.through_a_list(letter("author.example"))
        sealed = self.lists.seal(changed, "dmarc=fail header.from=author.example")
        self.assertEqual(self.place.offer(sealed, sender="bounces@lists.example")[0], 550)

    def test_recipients_of_zones_that_differ_come_in_transactions_of_their_own(self):
        with self.place.client() as client:
            client.mail("alice@sender.example")
            self.assertEqual(client.rcpt("info@zone.example")[0], 250)
            code, text = client.rcpt("info@lax.example")
            self.assertEqual((code, text[:5]), (452, b"4.5.3"))
            self.assertEqual(client.data(letter("sender.example"))[0], 250)
            client.mail("alice@sender.example")
            self.assertEqual(client.rcpt("info@lax.example")[0], 250)
            self.assertEqual(client.data(letter("sender.example"))[0], 250)
        self.assertEqual(len(self.place.sink.wait_for(2)), 2)

    def test_every_verdict_stands_in_the_event(self):
        self.assertEqual(self.offer("sender.example")[0], 250)
        event = self.accepted_event()
        for word in ("spf=pass", "dkim=none", "dmarc=none", "admission=pass"):
            self.assertRegex(event, rf"\b{word}\b")
        queue_id = re.search(r"queue_id=(\w+)", event).group(1)
        status, shown = self.place.node.control(f"queue/{queue_id}")
        self.assertEqual(status, 200)
        for word in (b'"spf"', b'"dkim"', b'"dmarc"', b'"arc"', b'"admission"'):
            self.assertIn(word, shown)

    def test_a_sender_that_is_likely_forged_gets_no_report(self):
        self.place.sink.on_recipient = lambda address, tries: "550 5.1.1 no such user"
        self.assertEqual(self.offer("forged.example", "never@lax.example")[0], 250)
        self.place.node.wait_empty(20)
        self.assertEqual(self.offer("stranger.example", "never@lax.example")[0], 250)
        reports = self.place.origin.wait_for(1)
        self.place.node.wait_empty(20)
        self.assertEqual([one.recipients for one in self.place.origin.messages],
                         [["someone@stranger.example"]], reports)

    def test_what_is_forged_in_our_name_is_kept_in_the_spool_and_not_sent_on(self):
        forged = b"Authentication-Results: mx.test.example; dmarc=pass header.from=bank.example\r\n"
        busy = {"now": True}
        self.place.sink.on_recipient = lambda address, tries: (
            "450 4.2.0 later" if busy["now"] else None)
        message = forged + letter("sender.example")
        code, text = self.place.offer(message)
        self.assertEqual(code, 250)
        queue_id = re.search(r"\b[0-9A-Za-z]{26}\b", text).group()
        status, spooled = self.place.node.control(f"queue/{queue_id}/content")
        busy["now"] = False
        self.assertEqual(status, 200)
        self.assertTrue(spooled.endswith(message), spooled)
        arrived = self.place.sink.wait_for(1)[0].data
        self.assertNotIn(b"bank.example", arrived)
        self.assertTrue(arrived.endswith(message[len(forged):]))


if __name__ == "__main__":
    harness.main()
