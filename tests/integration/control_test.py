#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A node whose zones are in its own store: what is changed over the API, and what mail meets then."""
import http.client
import json
import os
import re
import smtplib
import ssl
import stat
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import harness
from mail_sink import MailSink

ZONE = "zone.example"
EFFECT_MAX_S = 1.0
MESSAGE = b"From: alice@sender.example\r\nSubject: hello\r\n\r\nthe body\r\n"


class Api:
    """The client API of a node, with the administrator's token unless told otherwise."""

    def __init__(self, node, url, context=None):
        self.url, self.context = url, context
        self.token = (node.data / "admin-token").read_text().strip()

    def raw(self, method, path, body=None, token=True, headers=None):
        """(status, octets, header fields)."""
        fields = dict(headers or {})
        if body is not None:
            fields["Content-Type"] = "application/json"
        if token:
            fields["Authorization"] = f"Bearer {self.token if token is True else token}"
        request = urllib.request.Request(
            self.url + path, method=method, headers=fields,
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.context) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read(), dict(refused.headers)

    def call(self, method, path, body=None, status=200):
        """The result; an AssertionError unless the node answers with `status`."""
        got, octets, _ = self.raw(method, "/client/v4" + path, body)
        if got != status:
            raise AssertionError(f"{method} {path}: {got} {octets.decode()}")
        return json.loads(octets)["result"]


def rcpt(node, recipient):
    """The code that a recipient is answered with."""
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.ehlo()
        client.mail("alice@sender.example")
        return client.rcpt(recipient)[0]


def send(node, recipient):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.sendmail("alice@sender.example", [recipient], MESSAGE)


def literal(user, *actions, zone=ZONE, **more):
    return {"matchers": [{"type": "literal", "field": "to", "value": f"{user}@{zone}"}],
            "actions": list(actions), "enabled": True, "name": user, **more}


def forward(*to):
    return {"type": "forward", "value": list(to)}


DROP = {"type": "drop"}


class StoreNode(harness.Node):
    """A node in store mode whose mail for dest.example goes to a sink."""

    def __init__(self, sink, settings=None):
        self.api_port = harness.free_port()
        super().__init__(routes=[f"dest.example={sink.address}"], settings={
            "config.source": "store", "api.listen": [f"{harness.NODE_IP}:{self.api_port}"],
            "api.requests_per_minute_max": 0, **(settings or {})})

    def api(self, scheme="http", context=None):
        return Api(self, f"{scheme}://{harness.NODE_IP}:{self.api_port}", context)


def link_in(message):
    text = message.parsed.get_content()
    return re.search(r"https?://\S+/verify\S+", text).group(0)


def press_confirm(link):
    """As a person does: looks at the page, presses its button."""
    with urllib.request.urlopen(link, timeout=20) as page:
        text = page.read().decode()
    if 'method="post"' not in text:
        raise AssertionError(text)
    with urllib.request.urlopen(urllib.request.Request(link, method="POST", data=b""),
                                timeout=20) as page:
        return page.status


class Control(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def setUp(self):
        self.sink = MailSink()
        self.addCleanup(self.sink.close)

    def prepared(self, api, *users, enable=True):
        """A zone with routing on and verified destinations users@dest.example: (account, zone)."""
        account = api.call("GET", "/accounts")[0]["id"]
        zone = api.call("POST", "/zones", {"name": ZONE, "account": {"id": account}})["id"]
        if enable:
            api.call("POST", f"/zones/{zone}/email/routing/enable", {})
        for user in users:
            api.call("POST", f"/accounts/{account}/email/routing/addresses",
                     {"email": f"{user}@dest.example"})
        for message in self.sink.wait_for(len(users)) if users else []:
            press_confirm(link_in(message))
        self.sink.forget()
        return account, zone

    def assertEffect(self, node, change, recipient, code):
        """Mail for `recipient` is answered with `code`, soon after `change` was begun."""
        begun = time.monotonic()
        change()
        answered = time.monotonic() - begun
        got = rcpt(node, recipient)
        took = time.monotonic() - begun
        self.assertEqual(got, code, f"{recipient} after {took:.3f} s")
        self.assertLess(took, EFFECT_MAX_S)
        print(f"  in force with its answer, {1000 * answered:.0f} ms; seen by mail, "
              f"{1000 * took:.0f} ms")

    # ---- the beginning
    def test_the_first_start_makes_a_token_that_only_its_owner_can_read(self):
        with StoreNode(self.sink) as node:
            path = node.data / "admin-token"
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            self.assertEqual(stat.S_IMODE(os.stat(node.data / "webhook-secret").st_mode), 0o600)
            api = node.api()
            self.assertEqual(api.call("GET", "/user/tokens/verify")["status"], "active")
            self.assertEqual(api.raw("GET", "/client/v4/zones", token=False)[0], 401)
            self.assertEqual(api.raw("GET", "/client/v4/zones", token="x" * 48)[0], 401)
            log = node.log_text()
            self.assertIn(str(path), log)
            self.assertNotIn(api.token, log)
            self.assertEqual(log.count(f"token is in {path}"), 1)
            node.stop()
            node.start()
            self.assertEqual(api.call("GET", "/user/tokens/verify")["status"], "active")
            self.assertEqual(node.log_text().count(f"token is in {path}"), 1)

    def test_the_control_socket_needs_no_token(self):
        with StoreNode(self.sink) as node:
            connection = http.client.HTTPConnection("node", timeout=10)
            with harness.socket.socket(harness.socket.AF_UNIX) as connection.sock:
                connection.sock.connect(str(node.data / "control.sock"))
                connection.request("GET", "/client/v4/accounts")
                answer = connection.getresponse()
                self.assertEqual(answer.status, 200)
                self.assertEqual(len(json.loads(answer.read())["result"]), 1)

    def test_pages_of_other_origins_may_not_use_it_unless_they_are_named(self):
        ask = {"Origin": "https://dash.example", "Access-Control-Request-Method": "GET"}
        with StoreNode(self.sink) as node:
            status, _, fields = node.api().raw("OPTIONS", "/client/v4/zones", token=False,
                                               headers=ask)
            self.assertEqual(status, 403)
            self.assertFalse([name for name in fields if name.startswith("Access-Control")])
            self.assertEqual(node.api().raw("OPTIONS", "/client/v4/zones", token=False)[0], 405)
            fields = node.api().raw("GET", "/client/v4/zones", headers=ask)[2]
            self.assertFalse([name for name in fields if name.startswith("Access-Control")])
        with StoreNode(self.sink, {"api.cors_origins": ["https://dash.example"]}) as node:
            status, _, fields = node.api().raw("OPTIONS", "/client/v4/zones", token=False,
                                               headers=ask)
            self.assertEqual(status, 204)
            self.assertEqual(fields["Access-Control-Allow-Origin"], "https://dash.example")
            fields = node.api().raw("GET", "/client/v4/zones", headers=ask)[2]
            self.assertEqual(fields["Access-Control-Allow-Origin"], "https://dash.example")
            other = {**ask, "Origin": "https://evil.example"}
            self.assertEqual(node.api().raw("OPTIONS", "/client/v4/zones", token=False,
                                            headers=other)[0], 403)

    def refused_by_http(self, connect, request):
        """(status, body) of what the HTTP server itself answers to these octets."""
        with connect() as s:
            s.sendall(request)
            answer = http.client.HTTPResponse(s)
            answer.begin()
            return answer.status, json.loads(answer.read()), answer

    def test_what_no_endpoint_sees_is_refused_in_the_form_of_its_door(self):
        post = b"POST %s HTTP/1.1\r\nHost: x\r\nOrigin: https://dash.example\r\n"
        post += b"Content-Length: 100000000\r\n\r\n"
        other = b"GET /client/v4/zones HTTP/2.0\r\nHost: x\r\n\r\n"
        with StoreNode(self.sink, {"api.cors_origins": ["https://dash.example"]}) as node:
            ip, port = node.settings["api.listen"][0].rsplit(":", 1)
            sockets = harness.socket

            def public():
                return sockets.create_connection((ip, int(port)), timeout=10)

            def private():
                s = sockets.socket(sockets.AF_UNIX)
                s.settimeout(10)
                s.connect(str(node.data / "control.sock"))
                return s

            status, body, answer = self.refused_by_http(public, post % b"/client/v4/zones")
            self.assertEqual((status, body["success"]), (413, False))
            self.assertEqual(body["errors"][0]["code"], 9413)
            self.assertEqual(answer.getheader("Content-Type"), "application/json")
            self.assertEqual(answer.getheader("Access-Control-Allow-Origin"),
                             "https://dash.example")
            status, body, _ = self.refused_by_http(public, other)
            self.assertEqual((status, body["errors"][0]["code"]), (505, 9430))
            status, body, _ = self.refused_by_http(private, post % b"/client/v4/zones")
            self.assertEqual((status, body["errors"][0]["code"]), (413, 9413))
            status, body, _ = self.refused_by_http(private, post % b"/signpost/v1/queue/retry")
            self.assertEqual(status, 413)

    def test_a_node_with_a_zones_file_says_what_to_set(self):
        with harness.Node([{"name": ZONE, "rules": [harness.rule("info", "a@dest.example")]}]) as n:
            connection = http.client.HTTPConnection("node", timeout=10)
            with harness.socket.socket(harness.socket.AF_UNIX) as connection.sock:
                connection.sock.connect(str(n.data / "control.sock"))
                connection.request("GET", "/client/v4/zones")
                answer = connection.getresponse()
                self.assertEqual(answer.status, 503)
                self.assertIn(b"config.source", answer.read())
            self.assertEqual(n.control("queue")[0], 200)
            self.assertEqual(rcpt(n, f"info@{ZONE}"), 250)

    def test_tls_follows_its_certificate(self):
        first = harness.tempfile.mkdtemp(prefix="signpost-test-")
        second = harness.tempfile.mkdtemp(prefix="signpost-test-")
        self.addCleanup(harness.shutil.rmtree, first, True)
        self.addCleanup(harness.shutil.rmtree, second, True)
        certificate, key = harness.make_certificate(harness.pathlib.Path(first))
        other = harness.make_certificate(harness.pathlib.Path(second))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with StoreNode(self.sink, {"api.tls_certificate": certificate, "api.tls_key": key}) as node:
            api = node.api("https", context)
            self.assertEqual(api.call("GET", "/user/tokens/verify")["status"], "active")

            def shown():
                return ssl.get_server_certificate((harness.NODE_IP, node.api_port))
            before = shown()
            harness.shutil.copy(other[1], key)
            harness.shutil.copy(other[0], certificate)
            node.reload()
            harness.wait_until(lambda: shown() != before, 10, 0.1)
            self.assertEqual(api.call("GET", "/user/tokens/verify")["status"], "active")

    # ---- verification
    def test_a_destination_is_used_when_its_owner_has_confirmed(self):
        with StoreNode(self.sink) as node:
            api = node.api()
            account, zone = self.prepared(api)
            address = api.call("POST", f"/accounts/{account}/email/routing/addresses",
                               {"email": "owner@dest.example"})
            self.assertIsNone(address["verified"])
            rules = f"/zones/{zone}/email/routing/rules"
            status = api.raw("POST", "/client/v4" + rules,
                             literal("info", forward("owner@dest.example")))[0]
            self.assertIn(status, (400, 409))
            message = self.sink.wait_for(1)[0]
            self.assertEqual(message.recipients, ["owner@dest.example"])
            self.assertEqual(message.sender, "signpost-bounces@mx.test.example")
            self.assertEqual(message.parsed["Auto-Submitted"], "auto-generated")
            self.assertEqual(message.parsed["From"], "Signpost <postmaster@mx.test.example>")
            link = link_in(message)
            self.assertTrue(link.startswith(api.url), link)
            # A link that somebody made up confirms nothing.
            with self.assertRaises(urllib.error.HTTPError):
                press_confirm(link[:-2] + ("AA" if not link.endswith("AA") else "BB"))
            self.assertEqual(press_confirm(link), 200)
            shown = api.call("GET", f"/accounts/{account}/email/routing/addresses/{address['id']}")
            self.assertIsNotNone(shown["verified"])
            self.sink.forget()
            api.call("POST", rules, literal("info", forward("owner@dest.example")))
            send(node, f"info@{ZONE}")
            self.assertEqual(self.sink.wait_for(1)[0].recipients, ["owner@dest.example"])

    # ---- changes
    def test_each_kind_of_change_is_met_by_mail_within_a_second(self):
        with StoreNode(self.sink) as node:
            api = node.api()
            account, zone = self.prepared(api, "one", "two")
            routing = f"/zones/{zone}/email/routing"
            rules = f"{routing}/rules"
            made = {}
            info, other = f"info@{ZONE}", f"anybody@{ZONE}"

            def create():
                made["rule"] = api.call("POST", rules,
                                        literal("info", forward("one@dest.example")))["id"]

            def put(rule):
                return lambda: api.call("PUT", f"{rules}/{made['rule']}", rule)

            self.assertEqual(rcpt(node, info), 550)
            self.assertEffect(node, create, info, 250)
            send(node, info)
            self.assertEqual(self.sink.wait_for(1)[0].recipients, ["one@dest.example"])
            self.sink.forget()
            put(literal("info", forward("two@dest.example")))()
            send(node, info)
            self.assertEqual(self.sink.wait_for(1)[0].recipients, ["two@dest.example"])
            disabled = literal("info", forward("two@dest.example"), enabled=False)
            self.assertEffect(node, put(disabled), info, 550)
            self.assertEffect(node, put(literal("info", DROP)), info, 250)
            self.assertEffect(node, lambda: api.call("DELETE", f"{rules}/{made['rule']}"), info,
                              550)

            def catch_all(enabled):
                return lambda: api.call("PUT", f"{rules}/catch_all", {
                    "matchers": [{"type": "all"}], "actions": [DROP], "enabled": enabled})
            self.assertEffect(node, catch_all(True), other, 250)
            self.assertEffect(node, catch_all(False), other, 550)

            create()
            self.assertEqual(rcpt(node, f"info+tag@{ZONE}"), 550)
            for on, code in ((True, 250), (False, 550)):
                self.assertEffect(node, lambda: api.call("PATCH", routing,
                                                         {"support_subaddress": on}),
                                  f"info+tag@{ZONE}", code)

            self.assertEffect(node, lambda: api.call("POST", f"{routing}/disable", {}), info, 550)
            self.assertEffect(node, lambda: api.call("POST", f"{routing}/enable", {}), info, 250)

            sub = f"mail.{ZONE}"
            self.assertEqual(rcpt(node, f"info@{sub}"), 550)
            api.call("POST", f"{routing}/enable", {"name": sub})
            self.assertEffect(node, lambda: api.call("POST", rules, literal("info", DROP,
                                                                            zone=sub)),
                              f"info@{sub}", 250)
            self.assertEffect(node, lambda: api.call("POST", f"{routing}/disable", {"name": sub}),
                              f"info@{sub}", 550)

            addresses = f"/accounts/{account}/email/routing/addresses"
            one = next(a for a in api.call("GET", addresses) if a["email"].startswith("one@"))
            self.assertEffect(node, lambda: api.call("DELETE", f"{addresses}/{one['id']}"), info,
                              550)
            self.assertEffect(node, lambda: api.call("DELETE", f"/zones/{zone}"), other, 550)
            revision = node.metric("signpost_config_revision")
            self.assertGreater(revision, 15)
            self.assertEqual(node.metric("signpost_config_zones"), 0)

    def test_many_changes_at_once_are_all_in_force_when_answered(self):
        with StoreNode(self.sink) as node:
            api = node.api()
            _, zone = self.prepared(api)
            begun = time.monotonic()
            for n in range(100):
                api.call("POST", f"/zones/{zone}/email/routing/rules", literal(f"user{n}", DROP))
            took = time.monotonic() - begun
            print(f"  {100 / took:.0f} changes a second, one after the other")
            with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "c.example", timeout=20) as client:
                client.ehlo()
                client.mail("alice@sender.example")
                self.assertEqual({client.rcpt(f"user{n}@{ZONE}")[0] for n in range(100)}, {250})

    # ---- the end, and the next beginning
    def test_a_restart_and_a_kill_keep_everything(self):
        with StoreNode(self.sink) as node:
            api = node.api()
            account, zone = self.prepared(api, "one")
            rules = f"/zones/{zone}/email/routing/rules"
            api.call("POST", rules, literal("first", forward("one@dest.example")))
            node.stop()
            node.start()
            self.assertEqual(rcpt(node, f"first@{ZONE}"), 250)
            # Killed right after an answer: what was answered is there.
            for n in range(3):
                api.call("POST", rules, literal(f"late{n}", forward("one@dest.example")))
                node.kill()
                node.start()
                self.assertEqual(rcpt(node, f"late{n}@{ZONE}"), 250)
            names = [rule["name"] for rule in api.call("GET", rules) if rule.get("name")]
            self.assertEqual(sorted(names), ["first", "late0", "late1", "late2"])
            self.assertEqual(api.call("GET", f"/zones/{zone}")["name"], ZONE)
            addresses = api.call("GET", f"/accounts/{account}/email/routing/addresses")
            self.assertIsNotNone(addresses[0]["verified"])
            send(node, f"late2@{ZONE}")
            self.assertEqual(self.sink.wait_for(1)[0].recipients, ["one@dest.example"])

    def test_a_verification_link_outlives_a_kill(self):
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 later" if tries == 1 else None
        with StoreNode(self.sink, {"queue.retry_schedule": ["1s"]}) as node:
            api = node.api()
            account, _ = self.prepared(api)
            api.call("POST", f"/accounts/{account}/email/routing/addresses",
                     {"email": "owner@dest.example"})
            harness.wait_until(lambda: self.sink.tries, 10)
            node.kill()
            node.start()
            link = link_in(self.sink.wait_for(1)[0])
            self.assertEqual(press_confirm(link), 200)

    def test_a_check_finds_a_store_that_cannot_be_opened(self):
        with StoreNode(self.sink) as node:
            node.stop()
            arguments = [node.build.program("signpostd"), "--config", str(node.config), "--check"]
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            for path in (node.data / "config").glob("MANIFEST-*"):
                path.unlink()  # and its spare
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            # A store that is gone is told, for it takes acknowledged changes along.
            harness.shutil.rmtree(node.data / "config")
            node.start(wait=False)
            self.assertEqual(node.process.child.wait(20), 1)
            self.assertIn("signpost spool accept-loss", node.log_text())
            # One that never was is begun anew, but no token is written over another one.
            harness.shutil.rmtree(node.data / "config", ignore_errors=True)
            harness.shutil.rmtree(node.data / "config.losses")
            (node.data / "config.acknowledged").unlink()
            node.start(wait=False)
            self.assertEqual(node.process.child.wait(20), 1)
            self.assertIn("move the file away", node.log_text())
            (node.data / "admin-token").unlink()
            node.start()


if __name__ == "__main__":
    harness.main()
