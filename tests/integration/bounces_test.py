#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a node tells the sender of mail that did not arrive, and the way back for bounces."""
import base64
import email.utils
import hashlib
import hmac
import smtplib
import time
import unittest

import harness
from mail_sink import MailSink

MESSAGE = (b"From: Alice <alice@sender.example>\r\nTo: info@zone.example\r\nSubject: hello\r\n"
           b"Message-ID: <4@sender.example>\r\n\r\nthe secret body\r\n")
ZONES = [{"name": "zone.example", "rules": [
    harness.rule("info", "secret@dest.example"), harness.rule("dead", "secret@dead.example"),
    harness.rule("bounces", "returned@dest.example"),
    harness.rule("signpost-bounces", "returned@dest.example")]}]


class Mail(unittest.TestCase):
    """A node between dest.example, which takes mail, and sender.example, where bounces go."""
    settings = {}

    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.sink = cls.enterClassContext(MailSink())
        cls.origin = cls.enterClassContext(MailSink())
        cls.node = cls.enterClassContext(harness.Node(
            ZONES, {"queue.retry_schedule": ["1s"], **cls.settings},
            routes=[f"dest.example={cls.sink.address}", f"sender.example={cls.origin.address}",
                    f"first.example={cls.origin.address}",
                    f"dead.example=127.0.0.4:{harness.free_port('127.0.0.4')}"]))

    def setUp(self):
        for sink in (self.sink, self.origin):
            sink.on_recipient = lambda address, tries: None
            sink.on_data = lambda message: None
            sink.forget()

    def rcpt(self, recipient, sender=""):
        """The reply to RCPT, and the client."""
        client = smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, "client.example", timeout=20)
        self.addCleanup(client.close)
        client.ehlo()
        self.assertEqual(client.mail(sender)[0], 250)
        code, text = client.rcpt(recipient)
        return code, text.decode(), client

    def send(self, recipient="info@zone.example", sender="alice@sender.example", data=MESSAGE):
        code, text, client = self.rcpt(recipient, sender)
        self.assertEqual(code, 250, text)
        self.assertEqual(client.data(data)[0], 250)

    def check_report(self, notice, action):
        """The fields about the recipient, from a report that is as RFC 3464 and RFC 6522 say."""
        self.assertEqual((notice.sender, notice.recipients), ("", ["alice@sender.example"]))
        report = notice.parsed
        self.assertEqual(report.defects, [])
        self.assertEqual(report.get_content_type(), "multipart/report")
        self.assertEqual(report.get_param("report-type"), "delivery-status")
        self.assertEqual(report["Auto-Submitted"], "auto-replied")
        self.assertEqual(report["References"], "<4@sender.example>")
        self.assertIsNone(report["Received"])
        for name in ("From", "To", "Date", "Message-ID", "Subject"):
            self.assertEqual(len(report.get_all(name)), 1, name)
        text, status, original = list(report.iter_parts())
        self.assertEqual(text.get_content_type(), "text/plain")
        self.assertEqual(status.get_content_type(), "message/delivery-status")
        self.assertIn(b"Subject: hello", original.as_bytes())
        of_message, fields = status.get_payload()
        self.assertEqual(of_message["Reporting-MTA"], "dns; mx.test.example")
        self.assertIsNotNone(email.utils.parsedate_to_datetime(of_message["Arrival-Date"]))
        self.assertEqual(fields["Final-Recipient"].split("; ")[0], "rfc822")
        self.assertEqual(fields["Action"], action)
        # Where a rule sends mail is nobody's business.
        self.assertNotIn(b"secret@", notice.data)
        return fields


class Notices(Mail):
    def test_a_refusal_is_reported_without_the_address_behind_the_rule(self):
        self.sink.on_recipient = lambda address, tries: f"550 5.2.1 <{address}>: mailbox disabled"
        self.send()
        fields = self.check_report(self.origin.wait_for(1)[0], "failed")
        self.assertIn("info@zone.example", fields["Final-Recipient"])
        self.assertEqual(fields["Status"], "5.2.1")
        self.assertIn("smtp; 550 5.2.1", fields["Diagnostic-Code"])

    def test_a_refusal_after_the_content_is_reported(self):
        self.sink.on_data = lambda message: "554 5.6.0 not this"
        self.send()
        fields = self.check_report(self.origin.wait_for(1)[0], "failed")
        self.assertEqual(fields["Status"], "5.6.0")

    def test_lists_and_machines_hear_of_dead_members_and_null_senders_of_nothing(self):
        self.sink.on_recipient = lambda address, tries: "550 5.1.1 no such user"
        before = self.node.metric("signpost_queue_bounces_total", kind="suppressed")
        fields = (b"Auto-Submitted: auto-generated", b"Auto-Submitted: auto-replied (vacation)",
                  b"List-Id: <list.sender.example>", b"Precedence: bulk", b"precedence: LIST")
        for count, field in enumerate(fields, 1):
            self.send(data=field + b"\r\n" + MESSAGE)
            self.assertEqual(len(self.origin.wait_for(count)), count, field)
        self.send(sender="", data=MESSAGE)
        harness.wait_until(lambda: self.node.metric("signpost_queue_bounces_total",
                                                    kind="suppressed") == before + 1, 20)
        self.node.wait_empty(10)
        self.assertEqual(len(self.origin.messages), len(fields))


class Delays(Mail):
    settings = {"queue.delay_notice_after": "1s"}

    def test_the_sender_is_told_once_that_mail_is_late(self):
        later = {"now": True}
        self.sink.on_recipient = lambda address, tries: (
            f"451 4.2.1 <{address}> is busy" if later["now"] else None)
        self.send()
        fields = self.check_report(self.origin.wait_for(1)[0], "delayed")
        self.assertEqual(fields["Status"], "4.2.1")
        self.assertIsNotNone(email.utils.parsedate_to_datetime(fields["Will-Retry-Until"]))
        tries = self.sink.tries["secret@dest.example"]
        harness.wait_until(lambda: self.sink.tries["secret@dest.example"] >= tries + 2, 20)
        later["now"] = False
        self.assertTrue(self.sink.wait_for(1)[0].data.endswith(MESSAGE))
        self.node.wait_empty(10)
        self.assertEqual(len(self.origin.messages), 1)


class Expiry(Mail):
    settings = {"queue.lifetime": "10s"}

    def test_mail_that_is_too_old_is_returned(self):
        self.sink.on_recipient = lambda address, tries: "451 4.2.1 busy"
        begin = time.monotonic()
        self.send()
        self.send("dead@zone.example")
        notices = self.origin.wait_for(2, 30)
        self.assertGreaterEqual(time.monotonic() - begin, 9)
        reports = {fields["Final-Recipient"]: fields for fields in
                   (self.check_report(notice, "failed") for notice in notices)}
        for fields in reports.values():
            self.assertEqual(fields["Status"], "5.4.7")  # RFC 3463 §3.5
        self.assertIn("451 4.2.1 busy",
                      reports["rfc822; info@zone.example"]["Diagnostic-Code"])
        # Nobody spoke SMTP to us there.
        self.assertRegex(reports["rfc822; dead@zone.example"]["Diagnostic-Code"], "^X-Signpost; ")
        self.node.wait_empty(10)


SECRET = "the first secret of the tests"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
NOT_A_BOUNCE = b"From: <ann@dest.example>\r\nSubject: hello\r\n\r\nbuy this\r\n"
BOUNCE = b"From: <mailer-daemon@dest.example>\r\nSubject: undeliverable\r\n\r\nno\r\n"


def rewrite(address, days_ago=0, secret=SECRET, bound=True):
    """SRS0, by itself: HMAC-SHA1 over tag, timestamp, host, user and alias in lower case, one on each
    line, in base32; as earlier versions did it, over the three in the middle without boundaries."""
    user, host = address.split("@")
    day = (int(time.time()) // 86400 - days_ago) % 1024
    stamp = BASE32[day >> 5] + BASE32[day & 31]
    parts = ["SRS0", stamp, host, user, "zone.example"]
    signed = ("\n".join(parts) if bound else "".join(parts[1:4])).lower().encode()
    code = base64.b32encode(hmac.new(secret.encode(), signed, hashlib.sha1).digest()).decode()
    return code, f"={stamp}={host}={user}@zone.example"


class ReturnPath(Mail):
    """SRS: bounces find their way back to the senders whose addresses we rewrote."""

    @classmethod
    def setUpClass(cls):
        directory = cls.enterClassContext(harness.temporary_directory())
        cls.secrets = directory / "secrets"
        cls.secrets.write_text(SECRET + "\n")
        cls.secrets.chmod(0o600)
        cls.settings = {"srs.secret_file": str(cls.secrets), "srs.max_age": "7d"}
        super().setUpClass()

    def rewritten(self, sender="alice@sender.example"):
        self.sink.forget()
        self.send(sender=sender)
        return self.sink.wait_for(1)[0].sender

    def own(self, days_ago=0, secret=SECRET, bound=True):
        """As rewritten(), computed here."""
        code, rest = rewrite("alice@sender.example", days_ago, secret, bound)
        length = len(self.rewritten().split("=")[1])
        return f"SRS0={code[:length]}{rest}"

    def bounce(self, address, data=BOUNCE):
        """The last reply to a message with a null sender: the one to RCPT, if that refuses."""
        code, text, client = self.rcpt(address)
        if code == 250:
            code, text = client.data(data)
            text = text.decode()
        return code, text

    def test_the_address_is_the_one_that_anybody_with_the_secret_computes(self):
        address = self.rewritten()
        self.assertEqual(address, self.own())
        self.assertEqual(len(address.split("=")[1]), 8)

    def test_a_bounce_goes_to_the_original_sender_unchanged(self):
        self.send(self.rewritten(), sender="", data=BOUNCE)
        arrived = self.origin.wait_for(1)[0]
        self.assertEqual((arrived.sender, arrived.recipients), ("", ["alice@sender.example"]))
        self.assertTrue(arrived.data.endswith(BOUNCE))

    def test_letters_may_change_their_case_on_the_way(self):
        self.send(self.rewritten().replace("SRS0", "srs0").replace("sender", "SENDER"), sender="",
                  data=BOUNCE)
        self.origin.wait_for(1)

    def test_a_forged_address_is_refused(self):
        good = self.rewritten()
        for forged in (good.replace("alice", "mallory"), good.replace("sender.", "victim."),
                       good.replace("SRS0=", "SRS0=x"), "SRS0=sender.example=alice@zone.example"):
            code, text = self.bounce(forged)
            self.assertEqual((code, text[:5]), (550, "5.1.1"), forged)

    def test_the_answers_do_not_tell_whether_a_hash_is_right(self):
        good = self.rewritten()
        forged = good.replace("alice", "mallory")
        self.assertEqual(self.rcpt(good)[:2], self.rcpt(forged)[:2])
        self.assertEqual(self.bounce(forged, NOT_A_BOUNCE), self.bounce(forged))
        self.assertEqual(self.origin.messages, [])

    def test_what_has_no_form_of_a_notification_goes_back_if_it_passes_spf(self):
        self.assertEqual(self.bounce(self.rewritten(), NOT_A_BOUNCE)[0], 250)
        self.assertTrue(self.origin.wait_for(1)[0].data.endswith(NOT_A_BOUNCE))

    def test_an_address_of_long_ago_is_refused(self):
        self.assertEqual(self.rcpt(self.own(days_ago=6))[0], 250)
        self.assertEqual(self.rcpt(self.own(days_ago=9))[0], 550)

    def test_an_address_of_an_earlier_version_finds_its_way_as_long(self):
        self.send(self.own(days_ago=6, bound=False), sender="", data=BOUNCE)
        self.origin.wait_for(1)
        self.assertEqual(self.rcpt(self.own(days_ago=9, bound=False))[0], 550)

    def test_only_bounces_may_use_it(self):
        self.assertEqual(self.rcpt(self.rewritten(), "mallory@sender.example")[0], 550)

    def test_a_sender_that_another_forwarder_rewrote_goes_back_to_that_forwarder(self):
        theirs = "SRS0=abcd=XY=sender.example=alice@first.example"
        address = self.rewritten(theirs)
        self.assertTrue(address.startswith("SRS1="), address)
        self.send(address, sender="", data=BOUNCE)
        self.assertEqual(self.origin.wait_for(1)[0].recipients, [theirs])

    def test_a_rule_of_the_zone_gets_the_bounces_to_its_address(self):
        for local in ("bounces", "signpost-bounces"):
            self.sink.forget()
            self.send(f"{local}@zone.example", sender="", data=BOUNCE)
            self.assertEqual(self.sink.wait_for(1)[0].recipients, ["returned@dest.example"])

    def test_a_sender_of_the_zone_itself_is_left_alone(self):
        self.assertEqual(self.rewritten("bob@zone.example"), "bob@zone.example")

    def test_a_new_secret_signs_while_the_old_one_still_verifies(self):
        old = self.own()
        other = "another secret of the tests"
        self.addCleanup(self.replace_secrets, SECRET)
        self.replace_secrets(other, SECRET)
        harness.wait_until(lambda: self.rewritten() != old, 10)
        self.assertEqual(self.rewritten(), self.own(secret=other))
        self.assertEqual(self.bounce(old)[0], 250)
        self.replace_secrets(other)
        harness.wait_until(lambda: self.bounce(old)[0] == 550, 10)
        self.assertEqual(self.bounce(self.rewritten())[0], 250)

    def replace_secrets(self, *secrets):
        self.secrets.write_text("".join(f"{secret}\n" for secret in secrets))
        self.node.reload()


if __name__ == "__main__":
    harness.main()
