# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a test's own, reached through a Unix socket in its directory.

    with Postgres() as database:
        node = harness.Node(settings={"control.database_url": database.url, …})

Nothing is synced; what was committed outlives `kill`, not a crash of the machine.
"""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

import harness


def programs():
    """The newest one that is installed, or None."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def require():
    if programs() is None:
        print("skipped: PostgreSQL is not installed (Debian's package postgresql)")
        sys.exit(harness.SKIPPED)


class Postgres:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-postgres-"))
        self.process = None
        # PostgreSQL refuses to run as root.
        self.user = {}
        if os.geteuid() == 0:
            who = pwd.getpwnam("postgres")
            os.chown(self.directory, who.pw_uid, who.pw_gid)
            self.user = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
        self.run("initdb", "-D", str(self.directory / "data"), "-U", "signpost", "-A", "trust", "-E",
                 "UTF8", "--locale=C", "-N", "--no-instructions")
        # Whoever may enter it may reach the socket.
        os.chmod(self.directory, 0o755)

    def run(self, program, *arguments):
        return subprocess.run([str(programs() / program), *arguments], check=True, cwd="/",
                              capture_output=True, text=True, timeout=60, **self.user).stdout

    @property
    def url(self):
        return f"host={self.directory} user=signpost dbname=postgres"

    def sql(self, text):
        return self.run("psql", "-Atqc", text, self.url)

    def start(self):
        log = open(self.directory / "log", "ab")
        self.process = subprocess.Popen(
            [str(programs() / "postgres"), "-D", str(self.directory / "data"), "-k",
             str(self.directory), "-h", "", "-F"], cwd="/", stdout=log, stderr=log, **self.user)
        log.close()

        def ready():
            try:
                return self.sql("SELECT 1").strip() == "1"
            except subprocess.CalledProcessError:
                return False
        harness.wait_until(ready, 30, what="PostgreSQL accepts connections")

    def kill(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
