# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""For pytest: which of the generated tests run, and what becomes of each.

The tests of the asynchronous client, and of one that does not check the answers' types, send what the
others send, and are left out. Marks that skip tests are taken off: they were made for the server that the SDK's authors test against. The
outcomes go to the file that $GENERATED_OUTCOMES names, as {test: "" or why it failed}.
"""
import json
import os

outcomes = {}


def pytest_collection_modifyitems(config, items):
    for item in items:
        item.own_markers = [mark for mark in item.own_markers if mark.name != "skip"]
    items[:] = [item for item in items
                if "::TestAsync" not in item.nodeid and "[loose" not in item.nodeid]


def pytest_runtest_logreport(report):
    name = report.nodeid.removeprefix("tests/api_resources/")
    if report.outcome != "passed":
        crash = getattr(report.longrepr, "reprcrash", None)
        outcomes[name] = crash.message if crash else str(report.longrepr)
    elif report.when == "call":
        outcomes.setdefault(name, "")


def pytest_sessionfinish(session):
    with open(os.environ["GENERATED_OUTCOMES"], "w") as file:
        json.dump(outcomes, file)
