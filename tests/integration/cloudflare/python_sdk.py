# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The source of Cloudflare's Python SDK with the tests that are generated for it, as PyPI has it.

    sdk = python_sdk.installed()        # once for a build; skips where it cannot be had
    subprocess.run([sdk.python, "-m", "pytest", …], cwd=sdk.source, env=sdk.environment())

Its version and those of what it needs: python-requirements.txt. The SDK itself is not installed,
but used from its source, so that nothing but the tests' own version is tested.
"""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import harness

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "python-requirements.txt"
SDK = "cloudflare==5.9.0"
SOURCE_SHA256 = "1c9b9e243602c754e03636204272422dc45776f3babdc67f8341ca4d559d49e8"
# A registry that does not answer is a reason to skip, and no reason to wait for long.
PIP = ["-m", "pip", "--disable-pip-version-check", "--retries", "1", "--timeout", "60"]
PIP_SECONDS = 300


class Sdk:
    def __init__(self, directory):
        self.source = directory / SDK.replace("==", "-")
        self.python = str(directory / "venv/bin/python")

    def environment(self, **more):
        """Nothing of the user's own set-up."""
        return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8",
                "HOME": str(self.source.parent), "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": f"{self.source / 'src'}:{HERE}", **more}


def installed():
    """The SDK; SkipTest says why it cannot be had."""
    directory = harness.Build().directory / "cloudflare_python"
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(directory)
    return Sdk(directory)


def install(directory):
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + SOURCE_SHA256.encode()).hexdigest()
    stamp = directory / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    for old in ("venv", "source"):
        shutil.rmtree(directory / old, ignore_errors=True)
    venv = directory / "venv"
    made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True, text=True,
                          check=False)
    if made.returncode:
        raise unittest.SkipTest("this Python has no venv with pip; Debian has it in python3-venv")
    python = venv / "bin/python"
    run_pip(python, "install", "--quiet", "--requirement", REQUIREMENTS)
    # pip asks the SDK's build system for the metadata, and gets that from the registry as well.
    run_pip(python, "download", "--quiet", "--no-deps", "--no-binary", "cloudflare",
            "--dest", directory / "source", SDK)
    (archive,) = (directory / "source").glob("*.tar.gz")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        raise AssertionError(f"{archive.name} is not the one that was reviewed: {found}")
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", directory], check=True)
    stamp.write_text(wanted)


def run_pip(python, *arguments):
    try:
        done = subprocess.run([python, *PIP, *arguments], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PIP_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise unittest.SkipTest("pip was not done in time") from None
    if done.returncode:
        # Versions that do not go together are our mistake.
        if "ResolutionImpossible" in done.stderr:
            raise AssertionError(done.stderr)
        reason = " ".join(done.stderr.strip().splitlines()[-1:])
        raise unittest.SkipTest(f"pip did not get the SDK from its registry: {reason}")
