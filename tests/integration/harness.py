# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a real node on loopback for tests, tools/crash-test and bench/run_local.py.

    with harness.Node(zones=[...], settings={...}) as node:
        node.send("a@sender.example", ["info@zone.example"], message)

Only the standard library is used. Every process that is started here is ended here, by its pid.
"""
import contextlib
import http.client
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Next hops listen on another loopback address than the node, which knows its own addresses.
NODE_IP = "127.0.0.1"
SINK_IP = "127.0.0.2"
SKIPPED = 77
# Names that tests send and greet with. All of them publish that this machine may use them, so that
# their mail is authentic to a node that wants it to be (RFC 7208).
SENDERS = ("sender.example", "client.sender.example", "client.example", "swaks.example",
           "first.example", "zone.example")
SPF_OF_LOOPBACK = "v=spf1 ip4:127.0.0.0/8 ip6:::1 -all"


# ---------------------------------------------------------------- the build
class Build:
    """Where the programs are: `directory`, $SIGNPOST_BUILD_DIR, or build/{release,dev}."""

    def __init__(self, directory=None):
        wanted = directory or os.environ.get("SIGNPOST_BUILD_DIR")
        choices = [pathlib.Path(wanted)] if wanted else [
            REPOSITORY / "build" / name for name in ("release", "dev")]
        for choice in choices:
            if (choice / "bench" / "smtp_sink").exists():
                break
        self.directory = choice.resolve()

    def program(self, name):
        places = {"signpostd": "apps/signpostd/signpostd", "signpost": "apps/signpost/signpost",
                  "sync_tracker.so": "bench/sync_tracker.so",
                  "fault_library.so": "bench/fault_library.so",
                  "stuck_disk.so": "bench/stuck_disk.so"}
        return str(self.directory / places.get(name, f"bench/{name}"))

    def has(self, name):
        return os.path.exists(self.program(name))


def require(*programs):
    """Skips the test unless the node is built and the outside programs are installed."""
    if not Build().has("signpostd"):
        raise unittest.SkipTest(f"signpostd is not built in {Build().directory}")
    for program in programs:
        if not find_program(program):
            raise unittest.SkipTest(f"{program} is not installed")


def find_program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def use_python_with(*modules):
    """Goes on in the distribution's Python if this one lacks `modules`; ends with 77 if both do.

    To be called before the modules are imported: Debian's packages are of no use to another Python.
    """
    missing = [name for name in modules if not importlib.util.find_spec(name)]
    other = "/usr/bin/python3"
    if not missing:
        return
    if os.path.exists(other) and not os.path.samefile(sys.executable, other):
        os.execv(other, [other, "-B", *sys.argv])
    print(f"skipped: Python's modules {', '.join(missing)} are not installed")
    sys.exit(SKIPPED)


def swaks(node, recipient, *options, sender="alice@sender.example"):
    """Sends a message with swaks; skips the test if swaks cannot do what it is asked."""
    arguments = [find_program("swaks"), "--server", NODE_IP, "--port", str(node.smtp_port),
                 "--from", sender, "--to", recipient, "--helo", "swaks.example", *options]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    if "--tls" in options and done.returncode == 10:  # swaks: prerequisites missing
        raise unittest.SkipTest("swaks has no TLS (Net::SSLeay is not installed)")
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


class Result(unittest.TextTestResult):
    """Counts failures where a node that serves a whole class can see them when it ends."""
    failed = 0

    def addFailure(self, test, err):
        Result.failed += 1
        super().addFailure(test, err)

    def addError(self, test, err):
        Result.failed += 1
        super().addError(test, err)


def main():
    """Runs the calling module's tests; ends with 77 if every one was skipped."""
    runner = unittest.TextTestRunner(verbosity=2, stream=sys.stdout, resultclass=Result)
    program = unittest.main(module="__main__", exit=False, testRunner=runner, failfast=False)
    outcome = program.result
    if not outcome.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if outcome.skipped and len(outcome.skipped) >= outcome.testsRun else 0)


# ---------------------------------------------------------------- small helpers
def setting(text):
    """(name, value) of NAME=VALUE, the value as YAML would read it."""
    name, value = text.split("=", 1)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def free_port(ip=NODE_IP):
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family) as s:
        s.bind((ip, 0))
        return s.getsockname()[1]


def wait_until(question, seconds=20, pause=0.05, what=None):
    """The first true answer of `question`, asked again and again; TimeoutError when time is up."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise TimeoutError(what or getattr(question, "__doc__", None) or "condition not met")
        time.sleep(pause)


def to_yaml(value, indent=0):
    """Nested dictionaries, lists and scalars as YAML; strings are quoted as in JSON."""
    pad = "  " * indent
    if isinstance(value, dict):
        return "".join(
            f"{pad}{key}:\n{to_yaml(inner, indent + 1)}"
            if isinstance(inner, (dict, list)) and inner else f"{pad}{key}: {json.dumps(inner)}\n"
            for key, inner in value.items())
    if isinstance(value, list):
        return "".join(f"{pad}- {to_yaml(inner, indent + 1).lstrip()}"
                       if isinstance(inner, (dict, list)) and inner
                       else f"{pad}- {json.dumps(inner)}\n" for inner in value)
    return f"{pad}{json.dumps(value)}\n"


def nest(settings):
    """{"a.b": 1} as {"a": {"b": 1}}."""
    tree = {}
    for name, value in settings.items():
        *path, last = name.split(".")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return tree


def make_certificate(directory, name="mx.test.example"):
    """A self-signed certificate: (certificate file, key file)."""
    certificate, key = directory / "tls.pem", directory / "tls.key"
    if not certificate.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-keyout", key, "-out", certificate, "-days", "30", "-subj", f"/CN={name}",
             "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
    return str(certificate), str(key)


def rule(address, *destinations, **action):
    """A rule of a zones file: rule("info", "a@dest.example"), rule("no", drop=True)."""
    entry = {"address": address}
    if destinations:
        entry["forward"] = list(destinations)
    entry.update(action)
    return entry


# ---------------------------------------------------------------- processes
class Process:
    """A child with its output in a file."""

    def __init__(self, arguments, log, environment=None):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(arguments, stdout=out, stderr=subprocess.STDOUT,
                                          stdin=subprocess.DEVNULL,
                                          env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def stop(self, seconds=30):
        """SIGTERM, then SIGKILL; the exit status."""
        if self.running():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
        return self.child.wait()

    def kill(self):
        """SIGKILL: no time to write anything."""
        self.child.kill()
        return self.child.wait()

    def cpu_seconds(self):
        """User and system time so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_kib(self, key="VmRSS"):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{key}:\s+(\d+) kB", status, re.M).group(1))


class LoadSink(Process):
    """bench/smtp_sink: counts what arrives from smtp_load."""

    def __init__(self, directory, *options, build=None, ip=SINK_IP, port=0):
        self.ledger = pathlib.Path(directory) / "sink.ledger"
        program = (build or Build()).program("smtp_sink")
        super().__init__([program, "--listen", f"{ip}:{port}", "--ledger", str(self.ledger),
                          "--json", *options], pathlib.Path(directory) / "sink.out")
        wait_until(lambda: "listening" in self.text(), 5, 0.01, "smtp_sink listens")
        self.address = self.text().split()[1]

    def counts(self):
        """What arrived so far."""
        before = self.text().count("\n")
        self.child.send_signal(signal.SIGUSR1)
        wait_until(lambda: self.text().count("\n") > before, 5, 0.005, "smtp_sink answers")
        return json.loads(self.text().splitlines()[-1])

    def report(self):
        """Ends it; its last word."""
        self.stop()
        return json.loads(self.text().splitlines()[-1])


def run_load(target, *options, build=None, ledger=None, check=False, timeout=600):
    """bench/smtp_load until its end; its report."""
    arguments = [(build or Build()).program("smtp_load"), "--target", target, "--json", *options]
    arguments += ["--ledger", str(ledger)] if ledger else []
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout, check=False)
    if not done.stdout or (check and done.returncode):
        raise RuntimeError(f"smtp_load: {done.stdout} {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


class Node:
    """signpostd in a directory of its own. `settings`: dotted names, before the defaults."""

    def __init__(self, zones=(), settings=None, directory=None, build=None, routes=(),
                 environment=None, wrapper=()):
        self.build = build or Build()
        self.kept = directory is not None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="signpost-test-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.smtp_port = free_port()
        self.monitoring_port = free_port()
        self.data = self.directory / "data"
        self.config = self.directory / "signpost.yaml"
        self.zones_file = self.directory / "zones.yaml"
        self.settings = {**self.defaults(), **(settings or {})}
        # No test asks the Internet.
        if not {"dns.forwarders", "dns.local_zones"} & self.settings.keys():
            self.settings["dns.local_zones"] = ["example"]
            self.settings["dns.local_data"] = [
                f'{name}. 300 IN TXT "{SPF_OF_LOOPBACK}"' for name in SENDERS]
        if routes:
            self.settings["delivery.routes"] = list(routes)
        self.environment, self.wrapper = environment, list(wrapper)
        self.process = None
        self.failed_before = Result.failed
        self.write_config()
        self.write_zones(zones)

    def defaults(self):
        certificate, key = make_certificate(self.directory)
        return {
            "node.host_name": "mx.test.example",
            "node.data_dir": str(self.data),
            "node.zones_file": str(self.zones_file),
            "node.postmaster": ["postmaster@dest.example"],
            "smtp.listen": [f"{NODE_IP}:{self.smtp_port}"],
            "smtp.tls_certificate": certificate,
            "smtp.tls_key": key,
            "monitoring.listen": f"{NODE_IP}:{self.monitoring_port}",
            # What arrives is compared octet by octet; tests of signatures make their keys.
            "signing.make_key": False,
            "delivery.allow_private_destinations": True,
            "delivery.suspend_first": "1s",
            "delivery.suspend_max": "1s",
            "queue.retry_jitter_percent": 0,
            "log.level": "debug",
        }

    # ---- set-up
    def write_config(self):
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.config.write_text(to_yaml(nest(self.settings)))

    def write_zones(self, zones):
        zones = list(zones)
        self.zones_file.write_text(to_yaml(
            {"zones": zones, **({} if zones else {"allow_empty": True})}))

    # ---- life
    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        status = self.stop()
        if kind is not None or Result.failed > self.failed_before:
            print(f"---- the node's log ({self.directory})\n{self.log_text()[-6000:]}")
        elif not self.kept:
            shutil.rmtree(self.directory, ignore_errors=True)
        if kind is None and status:
            raise AssertionError(f"signpostd ended with {status}")

    def start(self, wait=True, seconds=30):
        arguments = [*self.wrapper, self.build.program("signpostd"), "--config", str(self.config)]
        self.process = Process(arguments, self.directory / "signpostd.log", self.environment)
        if wait:
            self.wait_ready(seconds)

    def wait_ready(self, seconds=30):
        def ready():
            if not self.process.running():
                raise RuntimeError(f"signpostd ended: {self.log_text()[-2000:]}")
            return self.http("/readyz")[0] == 200
        wait_until(ready, seconds, 0.02, "the node is ready")

    def stop(self):
        if self.process is None:
            return 0
        status = self.process.stop()
        self.process = None
        return status

    def kill(self):
        self.process.kill()
        self.process = None

    def reload(self):
        os.kill(self.process.pid, signal.SIGHUP)

    # ---- questions
    @property
    def smtp_address(self):
        return f"{NODE_IP}:{self.smtp_port}"

    def log_text(self):
        return (self.directory / "signpostd.log").read_text(errors="replace")

    def http(self, path):
        """(status, body); status 0 if nobody answers."""
        try:
            with urllib.request.urlopen(
                    f"http://{NODE_IP}:{self.monitoring_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name, **labels):
        """The sum of the samples of `name` that have all of `labels`; None if there is none."""
        total = None
        for line in self.http("/metrics")[1].splitlines():
            found = re.match(r"([a-zA-Z_:]+)(?:\{(.*)\})? (\S+)$", line)
            if not found or found.group(1) != name:
                continue
            have = dict(re.findall(r'(\w+)="([^"]*)"', found.group(2) or ""))
            if all(have.get(key) == value for key, value in labels.items()):
                total = (total or 0) + float(found.group(3))
        return total

    def control(self, path):
        """(status, octets) of a GET on the control socket."""
        connection = http.client.HTTPConnection("node", timeout=10)
        with socket.socket(socket.AF_UNIX) as connection.sock:
            connection.sock.connect(str(self.data / "control.sock"))
            connection.request("GET", f"/signpost/v1/{path}")
            answer = connection.getresponse()
            return answer.status, answer.read()

    def queued(self):
        """How many messages wait, from /metrics; None if it does not say."""
        return self.metric("signpost_queue_messages")

    def wait_empty(self, seconds=60):
        wait_until(lambda: self.queued() == 0, seconds, 0.1, "the queue is empty")

    def cli(self, *arguments, check=True):
        """The operator's command line against this node."""
        done = subprocess.run([self.build.program("signpost"), "--config", str(self.config),
                               *arguments], capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode:
            raise AssertionError(f"signpost {arguments}: {done.returncode} "
                                 f"{done.stdout} {done.stderr}")
        return done


@contextlib.contextmanager
def temporary_directory():
    path = tempfile.mkdtemp(prefix="signpost-test-")
    try:
        yield pathlib.Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
