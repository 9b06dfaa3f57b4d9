# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Between generated tests and a node: a proxy that puts real names in the place of made-up ones.

    with real_ids.Proxy(node) as proxy:
        …  # the tests ask proxy.base_url

Generated tests name one zone, one rule, one address again and again, and make the same object any
number of times. The proxy gives the node what it has instead, makes what is to be removed, and
removes what must not stay. It changes no answer, and of a request only the names and dates below.
"""
import http.server
import itertools
import json
import re
import threading
import urllib.parse

import harness

PREFIX = "/client/v4"
ID = "[0-9a-f]{32}"
# Everything has happened in between.
SINCE, BEFORE = "2020-01-01", "2100-01-01"
ZONE, SUBDOMAIN = "generated.example", "sub.generated.example"
DESTINATION = "destination@dest.example"


class Proxy:
    def __init__(self, node):
        self.node, self.count = node, itertools.count()
        self.account = node.account()
        self.zone = node.zone(ZONE)
        node.destination(DESTINATION)
        groups = {one["name"]: one["id"] for one in
                  node.call("GET", "/user/tokens/permission_groups")}
        self.groups = [groups["Zone Read"], groups["Zone Settings Read"]]
        self.account_token = self.new_token("accounts/x")["value"]
        self.server = http.server.ThreadingHTTPServer((harness.NODE_IP, 0), self.handler())

    @property
    def base_url(self):
        return f"http://{harness.NODE_IP}:{self.server.server_address[1]}{PREFIX}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *what):
        self.server.shutdown()
        self.server.server_close()

    # ---- what there has to be
    def fresh(self, word):
        return f"{word}{next(self.count)}"

    def new_zone(self):
        return self.node.zone(self.fresh("removed") + ".example", enabled=False)

    def new_account(self):
        return self.node.call("POST", "/accounts", {"name": self.fresh("removed")})["id"]

    def new_rule(self):
        return self.node.call("POST", f"/zones/{self.zone}/email/routing/rules", {
            "actions": [{"type": "drop"}],
            "matchers": [{"type": "literal", "field": "to",
                          "value": f"{self.fresh('rule')}@{ZONE}"}]})["id"]

    def new_address(self):
        return self.node.call("POST", f"/accounts/{self.account}/email/routing/addresses", {
            "email": f"{self.fresh('there')}@dest.example", "status": "verified"})["id"]

    def new_token(self, owner):
        place = f"/accounts/{self.account}" if owner.startswith("accounts") else "/user"
        return self.node.call("POST", f"{place}/tokens", {
            "name": self.fresh("token"), "policies": [{
                "effect": "allow", "permission_groups": [{"id": self.groups[0]}],
                "resources": {f"com.cloudflare.api.account.{self.account}": "*"}}]})

    def new_entry(self):
        return self.node.call("GET", f"/accounts/{self.account}/audit_logs")[0]["id"]

    # ---- a request as the node gets it
    def path_of(self, method, path):
        """With ids of what there is; of something new where it is to be removed."""
        removes = method == "DELETE"
        makers = [
            (r"^accounts/[^/]+$", lambda: self.new_account() if removes else self.account),
            (r"^zones/[^/]+$", lambda: self.new_zone() if removes else self.zone),
            (r"^accounts/[^/]+(?=/)", lambda: self.account),
            (r"^zones/[^/]+(?=/)",
             lambda: self.new_zone() if removes and path.endswith("/dns") else self.zone),
            (r"^memberships/[^/]+$", lambda: self.account),
            (rf"/routing/rules/{ID}$", self.new_rule),
            (rf"/routing/addresses/{ID}$", self.new_address),
            (rf"/tokens/{ID}(?=$|/value$)", lambda: self.new_token(path)["id"]),
            (r"/audit/[^/]+(?=/history$)", self.new_entry)]
        for pattern, make in makers:
            found = re.search(pattern, path)
            if found:
                start = found.group().rpartition("/")[0]
                path = path[:found.start()] + f"{start}/{make()}" + path[found.end():]
        return path

    def value_of(self, text):
        """What stands for a word of the tests, in a body or a query."""
        words = {"user@example.com": lambda: f"{self.fresh('new')}@dest.example",
                 "destinationaddress@example.net": lambda: DESTINATION,
                 "test@example.com": lambda: f"{self.fresh('to')}@{ZONE}",
                 "example.com": lambda: self.fresh("made") + ".example",
                 "example.net": lambda: SUBDOMAIN,
                 "023e105f4ecef8ad9ca31a8372d0c353": lambda: self.account,
                 "c8fed203ed3043cba015a93ad1616f1f": lambda: self.groups[0],
                 "82e64a83756745bbbb1c9c2701bf816b": lambda: self.groups[1]}
        text = text.replace("22b1de5f1c0e4b3ea97bb1e963b06a43", self.zone)
        return words[text]() if text in words else text

    def body_of(self, value):
        if isinstance(value, dict):
            return {self.value_of(name): self.body_of(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.body_of(one) for one in value]
        return self.value_of(value) if isinstance(value, str) else value

    def query_of(self, query):
        dates = {"since": SINCE, "before": BEFORE}
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        return urllib.parse.urlencode([(name, dates.get(name) or self.value_of(value))
                                       for name, value in pairs])

    # ---- what must not stay
    def clean(self, method, path, body, result):
        if method != "POST" or not isinstance(result, dict):
            return
        if path in ("accounts", "zones"):
            self.node.call("DELETE", f"/{path}/{result['id']}")
        if path.endswith("/email/routing/dns") and (body or {}).get("name"):
            self.node.call("DELETE", f"/{path}", {"name": body["name"]})

    def forward(self, method, target, headers, octets):
        """(status, headers, octets) of the node's answer."""
        url = urllib.parse.urlsplit(target)
        path = self.path_of(method, url.path.removeprefix(f"{PREFIX}/"))
        body = self.body_of(json.loads(octets)) if octets else None
        if "X-Auth-Key" in headers:
            headers["X-Auth-Key"] = (self.account_token if re.match(
                "accounts/[^/]+/tokens/verify$", path) else self.node.token)
        query = self.query_of(url.query)
        if "subdomain=" in query:
            self.node.call("POST", f"/{path}", {"name": SUBDOMAIN})
        status, answered, answer = self.node.exchange(
            method, f"{PREFIX}/{path}" + (f"?{query}" if query else ""),
            json.dumps(body).encode() if octets else None, headers)
        if status == 200:
            self.clean(method, path, body, json.loads(answer)["result"])
        return status, answered, answer

    def handler(self):
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self):
                octets = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kept = {name: value for name, value in self.headers.items() if name.lower()
                        not in ("host", "connection", "content-length", "accept-encoding")}
                status, headers, answer = proxy.forward(self.command, self.path, kept, octets)
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("connection", "content-length", "date", "server",
                                            "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

            def log_message(self, *what):
                pass

        return Handler
