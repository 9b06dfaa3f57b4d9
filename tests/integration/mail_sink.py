# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""An SMTP server for tests that keeps every message and answers as it is told.

    with MailSink() as sink:
        sink.on_recipient = lambda address, tries: "450 4.2.0 later" if tries == 1 else None
        ...
        message = sink.wait_for(1)[0]

Speaks EHLO, STARTTLS, PIPELINING, 8BITMIME, SMTPUTF8, CHUNKING and SIZE; a thread for each client.
"""
import contextlib
import dataclasses
import email
import email.policy
import socket
import ssl
import threading

import harness


@dataclasses.dataclass
class Message:
    """What one transaction brought."""
    sender: str
    parameters: str
    recipients: list
    data: bytes  # without dot stuffing, with its CRLF line ends
    tls: bool
    helo: str

    @property
    def parsed(self):
        return email.message_from_bytes(self.data, policy=email.policy.default)


class MailSink:
    def __init__(self, ip=harness.SINK_IP, port=0, certificate=None, key=None,
                 extensions=("PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "SIZE 50000000")):
        self.extensions = list(extensions)
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate, key)
        self.messages, self.tries, self.commands, self.sessions = [], {}, [], 0
        self.on_connect = lambda: None               # a banner to refuse with, or None
        self.on_mail = lambda address: None          # a reply, or None for 250
        self.on_recipient = lambda address, tries: None   # a reply, or None for 250
        self.on_data = lambda message: None          # the reply to the final dot, or None
        self.tls_broken = False                      # closes instead of the handshake
        self.changed = threading.Condition()
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.listener = socket.create_server((ip, port), family=family, backlog=100)
        self.port = self.listener.getsockname()[1]
        self.address = f"[{ip}]:{self.port}" if ":" in ip else f"{ip}:{self.port}"
        self.clients = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # A thread that waits in accept() would keep the socket listening after its close.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.hang_up()

    def wait_for(self, count, seconds=20):
        """All messages, once there are at least `count`."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.messages) >= count, seconds):
                raise TimeoutError(f"{len(self.messages)} of {count} messages; the clients said "
                                   f"{self.commands[-20:]}")
            return list(self.messages)

    def forget(self):
        with self.changed:
            self.messages.clear()
            self.tries.clear()
            self.commands.clear()

    def hang_up(self):
        """Ends all sessions, so that the next message comes over a new one."""
        for client in list(self.clients):
            with contextlib.suppress(OSError):  # it may have gone by itself
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.clients.add(client)
            self.sessions += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            _Session(self, client).run()
        except (OSError, EOFError, ValueError):
            pass
        finally:
            self.clients.discard(client)
            client.close()

    def take(self, message):
        """The reply to a whole message."""
        reply = self.on_data(message)
        if reply is None or reply.startswith("2"):
            with self.changed:
                self.messages.append(message)
                self.changed.notify_all()
        return reply or "250 2.0.0 taken"


class _Session:
    def __init__(self, sink, client):
        self.sink, self.socket = sink, client
        self.file = client.makefile("rb")
        self.tls, self.helo = False, ""
        self.reset()

    def reset(self):
        self.sender, self.parameters, self.recipients, self.chunks = None, "", [], b""

    def say(self, *lines):
        text = "".join(f"{line}\r\n" for line in lines)
        self.socket.sendall(text.encode())

    def run(self):
        refusal = self.sink.on_connect()
        self.say(refusal or "220 sink.example ESMTP")
        if refusal:
            return
        while True:
            line = self.file.readline(4096)
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.sink.commands.append(text)
            verb, _, argument = text.partition(" ")
            action = getattr(self, f"do_{verb.lower()}", None)
            if action is None:
                self.say("502 5.5.1 not known")
            elif action(argument) == "quit":
                return

    def do_ehlo(self, argument):
        self.helo = argument
        offers = list(self.sink.extensions)
        if self.sink.context and not self.tls:
            offers.append("STARTTLS")
        lines = ["sink.example", *offers]
        self.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")

    def do_helo(self, argument):
        self.helo = argument
        self.say("250 sink.example")

    def do_starttls(self, _):
        self.say("220 2.0.0 go on")
        if self.sink.tls_broken:
            raise EOFError
        self.socket = self.sink.context.wrap_socket(self.socket, server_side=True)
        self.file = self.socket.makefile("rb")
        self.tls = True
        self.reset()

    def do_mail(self, argument):
        address, _, self.parameters = argument.partition("<")[2].partition(">")
        self.reset_keeping(address, self.parameters.strip())
        self.say(self.sink.on_mail(address) or "250 2.1.0 ok")

    def reset_keeping(self, sender, parameters):
        self.reset()
        self.sender, self.parameters = sender, parameters

    def do_rcpt(self, argument):
        address = argument.partition("<")[2].partition(">")[0]
        with self.sink.changed:
            tries = self.sink.tries[address] = self.sink.tries.get(address, 0) + 1
        reply = self.sink.on_recipient(address, tries)
        if reply is None or reply.startswith("2"):
            self.recipients.append(address)
        self.say(reply or "250 2.1.5 ok")

    def do_data(self, _):
        if not self.recipients:
            return self.say("554 5.5.1 no valid recipients")
        self.say("354 go on")
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise EOFError
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        return self.finish(b"".join(lines))

    def do_bdat(self, argument):
        size, _, last = argument.partition(" ")
        self.chunks += self.file.read(int(size))
        if last.upper() != "LAST":
            return self.say("250 2.0.0 chunk taken")
        return self.finish(self.chunks)

    def finish(self, data):
        message = Message(self.sender, self.parameters, self.recipients, data, self.tls, self.helo)
        self.reset()
        self.say(self.sink.take(message))

    def do_rset(self, _):
        self.reset()
        self.say("250 2.0.0 ok")

    def do_noop(self, _):
        self.say("250 2.0.0 ok")

    def do_quit(self, _):
        self.say("221 2.0.0 bye")
        return "quit"
