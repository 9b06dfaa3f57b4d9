#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The client API of a node as strangers and greedy tenants would use it: verification mails as a
mail bomb, floods without a token, checks that wait for a silent DNS, proxies in front."""
import concurrent.futures
import http.client
import json
import socket
import ssl
import time
import unittest

import harness
from control_test import StoreNode, link_in
from mail_sink import MailSink


def spellings(count):
    """Of one mailbox."""
    name = "victim"
    wide = [name[:i] + chr(ord(name[i]) - ord("a") + 0xff41) + name[i + 1:]
            for i in range(len(name))]
    quoted = ['"victim"', '"v\\ictim"', "v.ictim", "VICTIM", "vi\u00adctim"]
    tagged = [f"victim+{n}" for n in range(count)]
    return [f"{local}@dest.example" for local in (tagged[:5] + wide + quoted + tagged[5:])[:count]]


class Defence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def setUp(self):
        self.sink = MailSink()
        self.addCleanup(self.sink.close)

    def received(self, seconds=2):
        """How many mails have come when no further one comes for a while."""
        count, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            if len(self.sink.messages) != count:
                count, since = len(self.sink.messages), time.monotonic()
            time.sleep(0.05)
        return count

    # ---- mail bombs
    def test_forty_spellings_of_one_mailbox_get_three_mails_also_after_kill_9(self):
        with StoreNode(self.sink) as node:
            api = node.api()
            account = api.call("GET", "/accounts")[0]["id"]
            path = f"/accounts/{account}/email/routing/addresses"
            for email in spellings(40):
                self.assertIn(api.raw("POST", "/client/v4" + path, {"email": email})[0],
                              (200, 429), email)
            self.assertEqual(self.received(), 3)  # of five an account has half of what others leave
            node.kill()
            node.start()
            for n in range(10):
                api.raw("POST", "/client/v4" + path, {"email": f"victim+again{n}@dest.example"})
            one = api.call("GET", path)[0]["id"]
            status, octets, fields = api.raw("POST", f"/client/v4{path}/{one}/resend", {})
            self.assertEqual(status, 429)
            self.assertEqual(json.loads(octets)["errors"][0]["code"], 9429)
            self.assertGreater(int(fields["Retry-After"]), 0)
            self.assertEqual(self.received(), 3)
            self.assertEqual(node.metric("signpost_api_verification_mails_total",
                                         outcome="mailbox"), 10)

    def test_whoever_did_not_ask_can_stop_it(self):
        with StoreNode(self.sink) as node:
            api = node.api()
            account = api.call("GET", "/accounts")[0]["id"]
            path = f"/accounts/{account}/email/routing/addresses"
            api.call("POST", path, {"email": "victim@dest.example"})
            message = self.sink.wait_for(1)[0]
            text = message.parsed.get_content()
            stop = next(word for word in text.split() if "/verify/stop?" in word)
            self.assertNotEqual(stop, link_in(message))
            local = stop[len(api.url):]
            self.assertEqual(api.raw("GET", local, token=False)[0], 200)
            self.assertEqual(api.raw("POST", local, token=False)[0], 200)
            api.call("POST", path, {"email": "victim+2@dest.example"})
            self.assertEqual(self.received(), 1)

    # ---- strangers
    def test_strangers_are_slowed_down_each_by_himself_behind_a_trusted_proxy(self):
        flood = {"X-Forwarded-For": "203.0.113.7"}
        with StoreNode(self.sink, {"api.trusted_proxies": ["127.0.0.0/8"]}) as node:
            api = node.api()

            def ask(headers):
                return api.raw("GET", "/client/v4/user", token="z" * 48, headers=headers)
            statuses = [ask(flood)[0] for _ in range(70)]
            self.assertEqual(set(statuses[:55]), {401})
            self.assertEqual(statuses[-1], 429)
            self.assertGreater(int(ask(flood)[2]["Retry-After"]), 1)
            self.assertEqual(ask({"X-Forwarded-For": "203.0.113.8"})[0], 401)
            # What the client itself has put in front of the list makes nobody of him.
            self.assertEqual(ask({"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})[0], 429)
            account = api.call("GET", "/accounts")[0]["id"]
            log = api.call("GET", "/user/audit_logs?actor.ip=203.0.113.7&per_page=1000")
            self.assertTrue(0 < len(log) <= 61, len(log))
            self.assertTrue(account)

    def test_nobody_is_believed_who_is_no_trusted_proxy(self):
        with StoreNode(self.sink) as node:
            api = node.api()
            statuses = [api.raw("GET", "/client/v4/user", token="z" * 48,
                                headers={"X-Forwarded-For": f"203.0.113.{n}"})[0]
                        for n in range(70)]
            self.assertEqual(statuses[-1], 429)
            self.assertEqual(api.raw("GET", "/client/v4/user")[0], 200)
            self.assertEqual(node.log_text().count("api.proxy_not_trusted"), 1)

    def test_public_pages_have_a_limit_for_each_client(self):
        with StoreNode(self.sink, {"api.public_per_minute_max": 30}) as node:
            api = node.api()
            got = [api.raw("GET", path, token=False)[0]
                   for path in ["/openapi.json", "/verify?account=x"] * 20]
            self.assertEqual(got.count(429), 10)
            self.assertEqual(api.raw("OPTIONS", "/client/v4/zones", token=False)[0], 429)
            self.assertEqual(api.raw("GET", "/client/v4/user")[0], 200)

    def test_a_client_has_its_share_of_connections(self):
        with StoreNode(self.sink, {"api.connections_per_client_max": 5}) as node:
            where = (harness.NODE_IP, node.api_port)
            held = [socket.create_connection(where, timeout=10) for _ in range(5)]
            with socket.create_connection(where, timeout=10) as sixth:
                sixth.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertTrue(sixth.recv(100).startswith(b"HTTP/1.1 503 "))
            for one in held:
                one.close()

    def test_browsers_keep_to_tls(self):
        directory = harness.tempfile.mkdtemp(prefix="signpost-test-")
        self.addCleanup(harness.shutil.rmtree, directory, True)
        certificate, key = harness.make_certificate(harness.pathlib.Path(directory))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with StoreNode(self.sink, {"api.tls_certificate": certificate, "api.tls_key": key}) as node:
            for path in ("/client/v4/user", "/openapi.json", "/client/v4/nothing"):
                fields = node.api("https", context).raw("GET", path)[2]
                self.assertEqual(fields["Strict-Transport-Security"], "max-age=15552000", path)
        with StoreNode(self.sink) as node:
            self.assertNotIn("Strict-Transport-Security",
                             node.api().raw("GET", "/client/v4/user")[2])

    # ---- tenants
    def test_checks_of_a_silent_dns_stall_nobody(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind((harness.NODE_IP, 0))
            server = f"{harness.NODE_IP}@{silent.getsockname()[1]}"
            with StoreNode(self.sink, {"dns.forwarders": [server], "api.threads": 4}) as node:
                api = node.api()
                account = api.call("GET", "/accounts")[0]["id"]
                zone = api.call("POST", "/zones", {"name": "slow.example",
                                                   "account": {"id": account}})["id"]
                with concurrent.futures.ThreadPoolExecutor(40) as pool:
                    checks = [pool.submit(api.raw, "GET", f"/signpost/v1/zones/{zone}/dns")
                              for _ in range(40)]
                    time.sleep(0.5)
                    took = []
                    for _ in range(20):
                        begun = time.monotonic()
                        self.assertEqual(api.raw("GET", "/client/v4/accounts")[0], 200)
                        took.append(time.monotonic() - begun)
                    self.assertLess(max(took), 1.5)
                    self.assertEqual({c.result()[0] for c in checks}, {200})

    def test_one_account_has_a_bounded_number_of_things(self):
        with StoreNode(self.sink, {"api.zones_per_account_max": 2}) as node:
            api = node.api()
            account = api.call("GET", "/accounts")[0]["id"]

            def zone(n):
                return {"name": f"z{n}.example", "account": {"id": account}}
            statuses = [api.raw("POST", "/client/v4/zones", zone(n))[0] for n in range(4)]
            self.assertEqual(statuses, [200, 200, 403, 403])
            # The operator is not held up.
            connection = http.client.HTTPConnection("node", timeout=10)
            with harness.socket.socket(harness.socket.AF_UNIX) as connection.sock:
                connection.sock.connect(str(node.data / "control.sock"))
                connection.request("POST", "/client/v4/zones", json.dumps(zone(9)))
                self.assertEqual(connection.getresponse().status, 200)


if __name__ == "__main__":
    harness.main()
