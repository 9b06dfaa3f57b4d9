# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server for tests that keeps every request and answers as it is told.

    with WebReceiver(directory) as hook:
        hook.on_request = lambda request, tries: 503 if tries == 1 else 200
        ...
        request = hook.wait_for(1)[0]
"""
import contextlib
import dataclasses
import hashlib
import hmac
import http.server
import ssl
import subprocess
import threading

import harness


@dataclasses.dataclass
class Request:
    path: str
    headers: dict  # as received; names are compared as written
    content: bytes

    @property
    def key(self):
        """What tells duplicates."""
        return self.headers["Signpost-Queue-Id"], self.headers["Signpost-Recipient"]


def is_genuine(secret, request):
    """As docs/operating/webhooks.md has it."""
    digest = hashlib.sha256(request.content).hexdigest()
    text = ".".join((request.headers["Signpost-Timestamp"],
                     request.headers["Signpost-Queue-Id"], digest))
    wanted = "v1=" + hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, request.headers["Signpost-Signature"])


def make_certificate(directory, ip):
    """A certificate for an address that is its own authority: (certificate file, key file)."""
    certificate, key = directory / "hook.pem", directory / "hook.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "30", "-subj", "/CN=hook",
         "-addext", f"subjectAltName=IP:{ip}"], check=True, capture_output=True)
    return str(certificate), str(key)


class WebReceiver:
    def __init__(self, directory, ip=harness.SINK_IP):
        self.certificate, key = make_certificate(directory, ip)
        self.requests = []
        self.on_request = lambda request, tries: 200  # a status, or (status, {field: value})
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self, Request(self.path, dict(self.headers), content))

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server = http.server.ThreadingHTTPServer((ip, 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # who hangs up is part of some tests
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.url = f"https://{ip}:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def take(self, handler, request):
        with self.changed:
            self.requests.append(request)
            tries = sum(1 for one in self.requests if one.key == request.key)
            self.changed.notify_all()
        answer = self.on_request(request, tries)
        status, fields = answer if isinstance(answer, tuple) else (answer, {})
        with contextlib.suppress(OSError):
            handler.send_response(status)
            for name, value in {"Content-Length": "0", **fields}.items():
                handler.send_header(name, value)
            handler.end_headers()

    def wait_for(self, count, seconds=20):
        """All requests, once there are at least `count`."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests")
            return list(self.requests)

    def forget(self):
        with self.changed:
            self.requests.clear()
