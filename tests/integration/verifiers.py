# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Other people's verifiers of DKIM and ARC, asked about messages as they arrived.

Each has `name` and `verify(message)`, which returns a Verdict. They ask the tests' DnsServer.
The test must have called harness.use_python_with("dkim", ...) before it imports this module.
"""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.request

import dkim

import harness

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Verdict:
    """`dkim`: (domain, selector, result) of each signature, in no order; `arc`: none, pass or fail.

    A result is pass, fail or unsupported: the verifier does not know the algorithm.
    """
    dkim: list
    arc: str
    details: str = ""

    def of(self, domain):
        """The results of a domain's signatures, by selector."""
        return {selector: result for d, selector, result in self.dkim if d == domain}


class DkimPy:
    name = "dkimpy"

    def __init__(self, dns):
        self.dns = dns

    def txt(self, name, **_):
        """As dkimpy wants to be given a record: bytes, or None."""
        found, _ = self.dns.records(name.decode().rstrip(".").lower(), "TXT")
        texts = [data for _, kind, data in found if kind == "TXT"]
        return texts[0].encode() if texts else None

    def verify(self, message):
        verdict = Verdict([], "none")
        count = sum(name.lower() == b"dkim-signature" for name, _ in dkim.DKIM(message).headers)
        for index in range(count):
            one = dkim.DKIM(message)
            try:
                passed = one.verify(index, dnsfunc=self.txt)
            except dkim.DKIMException as error:
                passed = False
                verdict.details += f"{error}; "
            verdict.dkim.append((one.domain.decode(), one.selector.decode(),
                                 "pass" if passed else "fail"))
        cv, _, reason = dkim.arc_verify(message, dnsfunc=self.txt)
        # None: a chain that says of itself that it has failed.
        verdict.arc = cv.decode() if cv else "fail"
        verdict.details += str(reason)
        return verdict


class Lines:
    """A program that reads a message and prints lines as mail_dkim.pl does."""

    def run(self, message, *arguments, environment=None):
        done = subprocess.run(arguments, input=message, capture_output=True, timeout=30,
                              check=False, env={**os.environ, **(environment or {})})
        if done.returncode:
            raise RuntimeError(f"{self.name}: {done.stderr.decode(errors='replace')}")
        verdict = Verdict([], "", done.stdout.decode(errors="replace"))
        for line in verdict.details.splitlines():
            word, *rest = line.split(" ")
            if word == "dkim":
                domain, selector, result = rest
                verdict.dkim.append((domain, selector, result if result in ("pass", "unsupported")
                                     else "fail"))
            else:
                verdict.arc = rest[0] if rest[0] in ("pass", "none") else "fail"
        return verdict


class MailDkim(Lines):
    name = "Mail::DKIM"

    def __init__(self, dns):
        self.dns = dns

    @staticmethod
    def installed():
        return subprocess.run(["/usr/bin/perl", "-MMail::DKIM::ARC::Verifier", "-e1"], check=False,
                              capture_output=True).returncode == 0

    def verify(self, message):
        return self.run(message, "/usr/bin/perl", str(HERE / "mail_dkim.pl"), harness.SINK_IP,
                        str(self.dns.port))


class MailAuth(Lines):
    """The npm package: where node finds it by itself, or below $SIGNPOST_NODE_MODULES."""
    name = "mailauth"

    def __init__(self, dns):
        self.dns = dns

    @staticmethod
    def environment():
        place = os.environ.get("SIGNPOST_NODE_MODULES")
        return {"NODE_PATH": place} if place else {}

    @classmethod
    def installed(cls):
        return bool(shutil.which("node")) and subprocess.run(
            ["node", "-e", "require('mailauth')"], check=False, capture_output=True,
            env={**os.environ, **cls.environment()}).returncode == 0

    def verify(self, message):
        return self.run(message, "node", str(HERE / "mailauth.js"),
                        f"{harness.SINK_IP}:{self.dns.port}", environment=self.environment())


RSPAMD = """
options {{
  filters = "dkim";
  tempdir = "{directory}";
  cache_file = "{directory}/symbols.cache";
  hs_cache_dir = "{directory}/";
  control_socket = "{directory}/control.sock mode=0600";
  url_tld = "{directory}/tld.dat";
  history_rows = 1;
  local_addrs = [];
  dns {{ timeout = 2s; sockets = 4; nameserver = ["{dns}"]; }}
}}
logging {{ type = "console"; level = "info"; color = false; }}
modules {{ path = "${{SHAREDIR}}/plugins/arc.lua"; }}
lua = "{directory}/rspamd.lua";
dkim {{ time_jitter = 6h; max_sigs = 20; check_local = true; check_authed = true; }}
arc {{ enabled = true; check_local = true; check_authed = true; }}
worker "normal" {{ bind_socket = "{address}"; count = 1; task_timeout = 10s; }}
"""


class Rspamd:
    """A private rspamd that does nothing but DKIM and ARC."""
    name = "rspamd"

    def __init__(self, dns, directory):
        directory = pathlib.Path(directory) / "rspamd"
        directory.mkdir()
        self.address = f"{harness.SINK_IP}:{harness.free_port(harness.SINK_IP)}"
        (directory / "tld.dat").write_text("example\n")
        (directory / "rspamd.lua").write_text("")
        config = directory / "rspamd.conf"
        config.write_text(RSPAMD.format(directory=directory, address=self.address,
                                        dns=f"{harness.SINK_IP}:{dns.port}"))
        self.process = harness.Process(
            [harness.find_program("rspamd"), "-f", "-i", "-c", str(config),
             f"--var=DBDIR={directory}"], directory / "rspamd.log")

    @staticmethod
    def installed():
        return bool(harness.find_program("rspamd"))

    def __enter__(self):
        try:
            harness.wait_until(self._answers, 20, what="rspamd answers")
        except TimeoutError:
            self.process.stop()
            raise RuntimeError(f"rspamd does not answer: {self.process.text()[-2000:]}") from None
        return self

    def __exit__(self, *_):
        self.process.stop()

    def _answers(self):
        try:
            with urllib.request.urlopen(f"http://{self.address}/ping", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def verify(self, message):
        with urllib.request.urlopen(f"http://{self.address}/checkv2", message, 20) as answer:
            symbols = json.load(answer)["symbols"]
        verdict = Verdict([], "none", str(sorted(symbols)))
        for symbol, result in (("R_DKIM_ALLOW", "pass"), ("R_DKIM_REJECT", "fail"),
                               ("R_DKIM_PERMFAIL", "fail"), ("R_DKIM_TEMPFAIL", "fail")):
            for option in symbols.get(symbol, {}).get("options", []):
                domain, selector = re.match(r"([^:]+):s=(.+)$", option).groups()
                verdict.dkim.append((domain, selector, result))
        if "ARC_ALLOW" in symbols:
            verdict.arc = "pass"
        elif {"ARC_REJECT", "ARC_INVALID", "ARC_DNSFAIL"} & symbols.keys():
            verdict.arc = "fail"
            verdict.details += str([symbols[one].get("options") for one in symbols
                                    if one.startswith("ARC_")])
        return verdict
