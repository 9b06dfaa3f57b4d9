#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Signatures and seals of a running node, judged by other people's verifiers.

dkimpy and Mail::DKIM are needed, and one of rspamd and mailauth at least; all that are installed
are asked.
"""
import pathlib
import re
import unittest

import harness

harness.use_python_with("dkim", "authres", "nacl")
# pylint: disable=wrong-import-position
import letters
import verifiers
from authentic_node import SERVICE, ZONE, Place
from signer import ED25519, RSA, Signer

SIMPLE = (b"simple", b"simple")


def third_eyes(test, dns):
    """rspamd or mailauth, or both; the test is skipped if there is neither."""
    found = []
    if verifiers.Rspamd.installed():
        directory = test.enterClassContext(harness.temporary_directory())
        found.append(test.enterClassContext(verifiers.Rspamd(dns, directory)))
    if verifiers.MailAuth.installed():
        found.append(verifiers.MailAuth(dns))
    if not found:
        raise unittest.SkipTest("neither rspamd nor mailauth (npm) is installed")
    return found


class Judged(unittest.TestCase):
    """Whatever arrives is shown to all verifiers."""
    settings = {}

    @classmethod
    def setUpClass(cls):
        harness.require()
        if not verifiers.MailDkim.installed():
            raise unittest.SkipTest("Mail::DKIM (libmail-dkim-perl) is not installed")
        cls.alice = Signer("sender.example", dmarc="v=DMARC1; p=reject")
        cls.first, cls.second = Signer("first.example"), Signer("second.example")
        cls.lists = Signer("lists.example")
        records = {}
        for one in (cls.alice, cls.first, cls.second, cls.lists):
            records.update(one.records())
        cls.place = Place(records, settings=cls.settings).start(cls.enterClassContext)
        dns = cls.place.dns
        cls.verifiers = [verifiers.DkimPy(dns), verifiers.MailDkim(dns), *third_eyes(cls, dns)]

    def judge(self, message, check):
        """`check(verdict)` for each verifier's word on the message."""
        for one in self.verifiers:
            with self.subTest(verifier=one.name):
                check(one.verify(message))

    def check_ours(self, verdict, arc="pass"):
        """Each of our four signatures passes, and so does the chain."""
        for domain in (SERVICE, ZONE):
            results = verdict.of(domain)
            self.assertEqual(len(results), 2, verdict)
            self.assertEqual(set(results.values()) - {"unsupported"}, {"pass"}, verdict)
        self.assertEqual(verdict.arc, arc, verdict)

    def check_all(self, verdict):
        self.check_ours(verdict)
        self.assertNotIn("fail", [result for _, _, result in verdict.dkim], verdict)


class Forwarded(Judged):
    def signed(self, message, canonicalize=SIMPLE):
        """With an Ed25519 and an RSA signature of the sender."""
        return self.alice.sign(self.alice.sign(message, ED25519, canonicalize), RSA, canonicalize)

    def check_seal(self, arrived, instance, chain):
        """The newest ARC set is ours, and it says what we found."""
        seal = letters.tags(letters.values(arrived, "ARC-Seal")[0])
        self.assertEqual((seal["i"], seal["cv"], seal["d"]), (str(instance), chain, SERVICE))
        said = letters.values(arrived, "ARC-Authentication-Results")[0]
        self.assertRegex(said, rf"^i={instance}; *mx\.test\.example;")
        return said

    def test_signatures_of_every_kind_of_message_survive_and_ours_are_right(self):
        for name, message in letters.LETTERS.items():
            for canonicalize in (SIMPLE, (b"relaxed", b"relaxed"), (b"simple", b"relaxed")):
                if name == "large" and canonicalize != SIMPLE:
                    continue
                with self.subTest(message=name, canonicalize=canonicalize):
                    sent = self.signed(message, canonicalize)
                    arrived = self.place.forward(sent, options=letters.options(message))
                    self.assertTrue(arrived.endswith(sent))
                    said = self.check_seal(arrived, 1, "none")
                    for word in ("dkim=pass", "spf=pass", "dmarc=pass",
                                 "header.from=sender.example", "arc=none"):
                        self.assertIn(word, said)

                    def check(verdict):
                        self.check_all(verdict)
                        self.assertEqual(len(verdict.of("sender.example")), 2, verdict)
                        self.assertEqual(verdict.of("sender.example")["rsa"], "pass", verdict)
                    self.judge(arrived, check)

    def test_a_bare_carriage_return_is_refused_before_anybody_must_sign_it(self):
        for body in (b"a\rb\r\n", b"\ra\r\n", b"a\r\r\n"):
            code, text = self.place.offer(self.signed(letters.HEAD + b"\r\n" + body))
            self.assertEqual((code, text[:5]), (550, "5.6.0"), body)

    def sealed_twice(self, message):
        once = self.first.seal(message, "dkim=pass header.d=sender.example; dmarc=pass "
                                        "header.from=sender.example")
        return self.second.seal(once, "dkim=pass header.d=sender.example", cv="pass")

    def test_a_third_set_goes_above_two_valid_ones(self):
        sent = self.sealed_twice(self.signed(letters.PLAIN))
        arrived = self.place.forward(sent)
        said = self.check_seal(arrived, 3, "pass")
        self.assertIn("arc=pass", said)
        self.assertIn("dmarc=pass", said)
        self.assertTrue(arrived.endswith(sent))
        self.judge(arrived, self.check_all)

    def test_a_chain_that_was_broken_before_us_is_sealed_as_failed(self):
        sent = self.sealed_twice(self.signed(letters.PLAIN))
        broken = sent.replace(b"dmarc=pass", b"dmarc=fail", 1)
        self.assertNotEqual(broken, sent)
        arrived = self.place.forward(broken)
        self.assertIn("arc=fail", self.check_seal(arrived, 3, "fail"))
        self.judge(arrived, lambda verdict: self.check_ours(verdict, "fail"))

    def test_what_a_mailing_list_changed_is_sealed_with_what_it_came_to(self):
        sent = letters.through_a_list(self.signed(letters.PLAIN, (b"relaxed", b"relaxed")))
        sent = self.lists.sign(sent.replace(b"alice@sender.example", b"bob@nowhere.example"))
        arrived = self.place.forward(sent, sender="bounces@lists.example")
        said = self.check_seal(arrived, 1, "none")
        self.assertRegex(said, r"dkim=fail[^;]*header\.d=sender\.example")
        self.assertRegex(said, r"dkim=pass[^;]*header\.d=lists\.example")
        self.assertRegex(said, r"dmarc=none[^;]*header\.from=nowhere\.example")

        def check(verdict):
            self.check_ours(verdict)
            self.assertEqual(verdict.of("lists.example"), {"rsa": "pass"}, verdict)
            self.assertNotIn("pass", verdict.of("sender.example").values(), verdict)
        self.judge(arrived, check)

    def test_results_that_are_forged_in_our_name_do_not_arrive(self):
        forged = b"Authentication-Results: mx.test.example; dmarc=pass header.from=bank.example\r\n"
        others = b"Authentication-Results: mx.other.example; dkim=pass header.d=other.example\r\n"
        signed = self.signed(letters.PLAIN)
        arrived = self.place.forward(forged + others + signed)
        self.assertNotIn(b"bank.example", arrived)
        self.assertTrue(arrived.endswith(others + signed))
        results = letters.values(arrived, "Authentication-Results")
        self.assertEqual(len(results), 2)
        self.assertTrue(results[0].startswith("mx.test.example"), results)
        self.judge(arrived, self.check_all)

    def test_the_fields_stand_in_their_order(self):
        sent = self.signed(letters.PLAIN)
        arrived = self.place.forward(sent)
        names = [name for name, _ in letters.fields_of(arrived[:-len(sent)])]
        self.assertEqual(names, [
            "dkim-signature", "dkim-signature", "dkim-signature", "dkim-signature",
            "x-forwarded-to", "x-forwarded-for", "received", "arc-seal", "arc-message-signature",
            "arc-authentication-results", "received-spf", "received-spf", "authentication-results"])


def swapped(message):
    """Our seal with the b= of our message signature."""
    b = {name: re.search(rb"\bb=([^;]+)", letters.whole_field(message, name)).group(1)
         for name in ("ARC-Seal", "ARC-Message-Signature")}
    return message.replace(b["ARC-Seal"], b["ARC-Message-Signature"], 1)


def without(name):
    return lambda message: message.replace(letters.whole_field(message, name), b"", 1)


def instead(old, new):
    return lambda message: message.replace(old, new, 1)


# What is done on the way; whether the signatures and the chain have to notice.
ALTERATIONS = {
    "a word of the body": (instead(b"behind the oars", b"under the mat"), True, True),
    "a line after the body": (lambda message: message + b"P.S. Pay at once.\r\n", True, True),
    "the last line is cut off": (instead(b"\r\nAlice\r\n", b"\r\n"), True, True),
    "a word of the subject": (instead(b"keys of the boathouse", b"keys of the bank"), True, True),
    "another author": (instead(b"alice@sender.example>\r\nTo", b"mallory@sender.example>\r\nTo"),
                       True, True),
    "a second From above": (lambda message: b"From: mallory@bank.example\r\n" + message,
                            True, True),
    "a second Subject above": (lambda message: b"Subject: Pay at once\r\n" + message, True, True),
    "the date is gone": (without("Date"), True, True),
    "the recipient is gone": (without("To"), True, True),
    "another verdict in our results": (
        lambda message: message.replace(
            letters.whole_field(message, "ARC-Authentication-Results"),
            letters.whole_field(message, "ARC-Authentication-Results").replace(
                b"dmarc=pass", b"dmarc=none"), 1), False, True),
    "the seal has another signature": (swapped, False, True),
    "the seal says another chain": (instead(b"cv=none", b"cv=pass"), False, True),
    "the seal is gone": (without("ARC-Seal"), False, True),
    "the message signature of ARC is gone": (without("ARC-Message-Signature"), False, True),
    "the results of ARC are gone": (without("ARC-Authentication-Results"), False, True),
}


class Altered(Judged):
    def test_what_is_altered_on_the_way_fails_everywhere(self):
        arrived = self.place.forward(self.alice.sign(letters.PLAIN))
        self.judge(arrived, self.check_all)
        for name, (alter, dkim_fails, arc_fails) in ALTERATIONS.items():
            altered = alter(arrived)
            self.assertNotEqual(altered, arrived, name)

            def check(verdict):
                results = [result for domain, _, result in verdict.dkim
                           if domain in (SERVICE, ZONE)]
                self.assertEqual(len(results), 4, verdict)
                self.assertEqual("pass" in results, not dkim_fails, verdict)
                self.assertEqual(verdict.arc != "pass", arc_fails, verdict)
            with self.subTest(alteration=name):
                self.judge(altered, check)

    def test_a_key_that_is_not_ours_fails(self):
        arrived = self.place.forward(self.alice.sign(letters.PLAIN))
        _, public = self.alice.rsa, self.alice.rsa_public
        for key in self.place.keys():
            if key["key_type"] == "rsa":
                self.place.dns.table[(key["name"], "TXT")] = [f"v=DKIM1; k=rsa; p={public}"]
        self.addCleanup(self.place.publish)
        verdict = verifiers.DkimPy(self.place.dns).verify(arrived)
        self.assertEqual(verdict.arc, "fail")
        self.assertEqual(sorted(verdict.of(ZONE).values()), ["fail", "pass"])


class Keys(Judged):
    settings = {"log.level": "trace", "node.reload_interval": "100ms"}

    def directory(self):
        return pathlib.Path(self.place.node.settings["node.data_dir"]) / "dkim"

    def test_private_keys_are_for_the_owner_only(self):
        files = [path for path in self.directory().rglob("*") if path.is_file()]
        self.assertGreaterEqual(sum(path.suffix == ".pem" for path in files), 4)
        for path in files:
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)
        for path in (self.directory(), *(p.parent for p in files)):
            self.assertEqual(path.stat().st_mode & 0o777, 0o700, path)

    def test_private_keys_are_neither_shown_nor_logged(self):
        self.place.forward(self.alice.sign(letters.PLAIN))
        shown = self.place.node.cli("dkim", "show").stdout + str(self.place.keys())
        text = shown + self.place.node.log_text()
        self.assertNotIn("PRIVATE KEY", text)
        for path in self.directory().rglob("*.pem"):
            for line in path.read_text().splitlines()[1:-1]:
                self.assertNotIn(line, text)

    def test_a_rotation_signs_with_the_new_key_while_the_old_record_stays(self):
        before = self.place.forward(self.alice.sign(letters.PLAIN))
        cli = self.place.node.cli
        cli("dkim", "rotate", ZONE)
        self.place.publish()
        states = {key["selector"]: key["state"] for key in self.place.keys(ZONE)}
        self.assertEqual(sorted(states.values()), ["active", "active", "pending", "pending"])
        pending = self.place.forward(self.alice.sign(letters.PLAIN))
        self.assertEqual(self.selectors(pending), self.selectors(before))
        cli("dkim", "rotate", ZONE, "--activate")

        def changed():
            arrived = self.place.forward(self.alice.sign(letters.PLAIN))
            return arrived if self.selectors(arrived) != self.selectors(before) else None
        after = harness.wait_until(changed, 10)
        self.assertEqual(self.selectors(after) & self.selectors(before), set())
        for message in (before, pending, after):
            self.judge(message, self.check_all)

    def selectors(self, message):
        signatures = map(letters.tags, letters.values(message, "DKIM-Signature"))
        return {one["s"] for one in signatures if one["d"] == ZONE}


if __name__ == "__main__":
    harness.main()
