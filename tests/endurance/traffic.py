#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Sends the mail of crash-test and soak at a steady rate until SIGTERM.

For each message that was acknowledged a line stands in the ledger before anything else is done:

    NUMBER QUEUE-ID LOCAL,LOCAL

A message without an answer is not sent again. The last line of the output: the next number.
"""
import argparse
import asyncio
import os
import re
import signal
import sys
import time

import mailbag


class Traffic:
    def __init__(self, options):
        self.options = options
        self.ledger = os.open(options.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.number = options.start
        self.began = time.monotonic()
        self.stopping = False
        self.refused = self.broken = 0

    async def next_number(self):
        """Numbers at the rate that was asked for; None at the end."""
        while not self.stopping:
            due = self.began + (self.number - self.options.start) / self.options.rate
            wait = due - time.monotonic()
            if wait <= 0:
                number = self.number
                self.number += 1
                if wait < -1:  # nobody could send for a while: no burst afterwards
                    self.began += -wait
                return number
            await asyncio.sleep(min(wait, 0.2))
        return None

    async def session(self):
        while not self.stopping:
            try:
                reader, writer = await asyncio.open_connection(*self.options.target)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            try:
                await self.talk(reader, writer)
            except (OSError, ValueError, asyncio.IncompleteReadError):
                self.broken += 1
            finally:
                writer.close()
            await asyncio.sleep(0.02)

    async def reply(self, reader):
        while True:
            line = await reader.readline()
            if len(line) < 4 or not line.endswith(b"\n"):
                raise ConnectionError("cut off")
            if line[3:4] != b"-":
                return int(line[:3]), line.decode("utf-8", "replace")

    async def talk(self, reader, writer):
        if (await self.reply(reader))[0] != 220:
            await asyncio.sleep(0.2)
            return
        writer.write(b"EHLO client.sender.example\r\n")
        await self.reply(reader)
        for _ in range(self.options.per_connection):
            number = await self.next_number()
            if number is None or not await self.send(reader, writer, number):
                return
        writer.write(b"QUIT\r\n")
        await self.reply(reader)

    async def send(self, reader, writer, number):
        """False if the session is of no more use."""
        seed, size = self.options.content_seed, self.options.size
        to = mailbag.recipients(seed, number)
        writer.write("".join([f"MAIL FROM:<{mailbag.sender(number)}>\r\n",
                              *(f"RCPT TO:<{local}@{mailbag.ZONE}>\r\n" for local in to),
                              "DATA\r\n"]).encode())
        replies = [(await self.reply(reader))[0] for _ in range(len(to) + 2)]
        if replies[-1] != 354:
            self.refused += 1
            await asyncio.sleep(0.1)
            return False
        taken = [local for local, code in zip(to, replies[1:-1]) if code == 250]
        text = mailbag.message(seed, number, size).replace(b"\r\n.", b"\r\n..")
        writer.write(text + b".\r\n")
        await writer.drain()
        code, line = await self.reply(reader)
        if code != 250:
            self.refused += 1
            await asyncio.sleep(0.05)
            return True
        queue_id = re.search(r"\b[0-9A-Za-z]{26}\b", line)
        os.write(self.ledger, f"{number} {queue_id.group(0) if queue_id else '-'} "
                              f"{','.join(taken)}\n".encode())
        return True

    async def run(self):
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        self.tasks = [asyncio.create_task(self.session()) for _ in range(self.options.sessions)]
        await asyncio.gather(*self.tasks, return_exceptions=True)
        print(f"{self.number} refused {self.refused} broken {self.broken}", flush=True)

    def stop(self):
        self.stopping = True
        # What is under way may end: it could be answered yet.
        asyncio.get_running_loop().call_later(
            self.options.grace, lambda: [task.cancel() for task in self.tasks])


def endpoint(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=endpoint, required=True)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--content-seed", required=True)
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=300)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--per-connection", type=int, default=10)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--grace", type=float, default=0.5)
    asyncio.run(Traffic(parser.parse_args()).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
