#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""unused_functions.py ROOT BUILD: functions that the program built in BUILD never calls.

tools/tidy.py looks for names in sources: a method that nothing calls hides behind a used one of
the same name. This looks into the compiled objects: a global function that no relocation of the
program's objects points to, other than from itself, is called by nobody (in position-independent
code, -fPIC, every call of a global function has one; a program's own, -fPIE, calls without). Inline and virtual functions are not seen.

Prints `object: function` and ends with 1 if there is one that KNOWN does not explain, or if KNOWN
explains one that is in use.
"""

import json
import os
import re
import struct
import subprocess
import sys

PROGRAM = ("actors", "api", "apps", "base", "cluster", "model", "monitoring", "net", "proto", "routing", "storage")
FOR_TESTS = "what tests look at: nothing else shows it"
FOR_PAGES = "the page of the documentation is compared with it"
FOR_NODES = "what nodes say to each other: the link between them will call it"
FOR_COORDINATOR = "membership in the control database: a node of a cluster will open it"
FOR_LINK = "the link between nodes: a node of a cluster will make one"
FOR_MEMBERS = "the node that is one of several will call it"
FOR_SUITES = "a standard's reader that the conformance suites judge"
# Functions without `signpost::` and arguments → why they may stay.
KNOWN = {
    "actors::client_ledger::affordable": "of an address; the program asks for an account",
    "actors::client_ledger::charge": "of an address; the program charges an account",
    "actors::memory_shares::size": FOR_TESTS,
    "actors::node::inside": FOR_TESTS,
    "actors::rule_desk::pattern_octets": FOR_TESTS,
    "actors::seal_cache::octets": FOR_TESTS,
    "actors::seal_cache::size": FOR_TESTS,
    "api::dns_checks::waiting": FOR_TESTS,
    "authres::payload": FOR_TESTS,
    "cluster::acceptance_question_of": FOR_NODES,
    "cluster::leases::decide_join": FOR_MEMBERS,
    "cluster::leases::lease_machine::granted": FOR_MEMBERS,
    "cluster::leases::lease_machine::heard": FOR_MEMBERS,
    "cluster::leases::lease_machine::may_serve": FOR_MEMBERS,
    "cluster::leases::lease_machine::renewed": FOR_MEMBERS,
    "cluster::leases::lease_machine::replaced": FOR_MEMBERS,
    "cluster::leases::lease_machine::restore": FOR_MEMBERS,
    "cluster::leases::lease_machine::tick": FOR_MEMBERS,
    "cluster::leases::lease_machine::told": FOR_MEMBERS,
    "cluster::leases::lease_machine::view": FOR_MEMBERS,
    "cluster::message_to_accept": FOR_NODES,
    "cluster::replication::machine::accept": FOR_MEMBERS,
    "cluster::replication::machine::counts": FOR_MEMBERS,
    "cluster::replication::machine::discard": FOR_MEMBERS,
    "cluster::replication::machine::drained": FOR_MEMBERS,
    "cluster::replication::machine::durable": FOR_MEMBERS,
    "cluster::replication::machine::found_unreadable": FOR_MEMBERS,
    "cluster::replication::machine::grave": FOR_MEMBERS,
    "cluster::replication::machine::owns": FOR_MEMBERS,
    "cluster::replication::machine::received": FOR_MEMBERS,
    "cluster::replication::machine::release": FOR_MEMBERS,
    "cluster::replication::machine::remove": FOR_MEMBERS,
    "cluster::replication::machine::restore": FOR_MEMBERS,
    "cluster::replication::machine::set_members": FOR_MEMBERS,
    "cluster::replication::machine::set_serving": FOR_MEMBERS,
    "cluster::replication::machine::settle": FOR_MEMBERS,
    "cluster::replication::machine::stopped": FOR_MEMBERS,
    "cluster::replication::machine::tick": FOR_MEMBERS,
    "cluster::replication::machine::withdraw": FOR_MEMBERS,
    "cluster::replication::may_drain": FOR_MEMBERS,
    "cluster::postgres_coordinator::open": FOR_COORDINATOR,
    "cluster::socket_link::bound": FOR_LINK,
    "cluster::socket_link::counts": FOR_LINK,
    "cluster::socket_link::link": FOR_LINK,
    "cluster::socket_link::open": FOR_LINK,
    "cluster::socket_link::posts": FOR_LINK,
    "cluster::socket_link::~socket_link": FOR_LINK,
    "cluster::wire::decode_acceptance_answer": FOR_NODES,
    "cluster::wire::decode_acceptance_question": FOR_NODES,
    "cluster::wire::decode_authentication_answer": FOR_NODES,
    "cluster::wire::decode_authentication_question": FOR_NODES,
    "cluster::wire::decode_copies_item": FOR_NODES,
    "cluster::wire::decode_heartbeat": FOR_NODES,
    "cluster::wire::decode_routing_answer": FOR_NODES,
    "cluster::wire::decode_routing_question": FOR_NODES,
    "cluster::wire::decode_signing_answer": FOR_NODES,
    "cluster::wire::decode_signing_question": FOR_NODES,
    "cluster::wire::encode": FOR_NODES,
    "config::parse_zones": "the form of zones files is tested on texts",
    "crypto::digest::digest": "a value can be moved",
    "crypto::digest::operator=": "a value can be moved",
    "crypto::signing_key::ed25519_from_seed": "the keys of RFC 8032's and RFC 8463's examples",
    "dkim::verification::passed": FOR_TESTS,
    "dmarc::check": FOR_SUITES,
    "dsn::classify_bounce": FOR_SUITES,
    "flood_gate::sources": FOR_TESTS,
    "flood_gate::suppressed_total": FOR_TESTS,
    "imf::received_by_host_count": FOR_TESTS,
    "ip_network::holds": FOR_TESTS,
    "ip_network::to_string": "how tests print one",
    "model::address_pattern::matches": "of a text; the program has it parsed",
    "model::admission_policy::open": "what tests that are not about it use",
    "model::refusal_reasons": FOR_PAGES,
    "model::reply_rows": FOR_PAGES,
    "model::to_string": "how tests print what became of a delivery",
    "monitoring::gauge::value": FOR_TESTS,
    "mta_sts::allows": FOR_SUITES,
    "mta_sts::read_record": FOR_SUITES,
    "mta_sts::read_response": FOR_SUITES,
    "net::http_server::connections": FOR_TESTS,
    "net::mutual_tls_context::load": FOR_LINK,
    "net::unbound_resolver::counts": FOR_TESTS,
    "net::web_client::pending": FOR_TESTS,
    "smtp::reply_table": FOR_PAGES,
    "smtp::server_session::memory_octets": FOR_TESTS,
    "spf::check_host": FOR_SUITES,
    "storage::mending_spool::damage_met": FOR_TESTS,
    "storage::postgres::secret_box::is_current": "what has to be sealed again before a key is removed",
    "tlsrpt::read_record": FOR_SUITES,
}
SHT_SYMTAB, SHT_RELA = 2, 4
SHF_ALLOC = 2
STB_GLOBAL, STT_FUNC = 1, 2
SHN_UNDEF = 0


def sections_of(data):
    offset, = struct.unpack_from("<Q", data, 0x28)
    size, count, _ = struct.unpack_from("<HHH", data, 0x3A)
    if count == 0:  # more than fit into 16 bits: the number is in the first one
        count, = struct.unpack_from("<Q", data, offset + 0x20)
    return [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]


class Object:
    """What one object file defines and points to."""

    def __init__(self, data):
        sections = sections_of(data)
        self.same = {}  # a name → all of its place: the forms of a constructor are one
        self.used = set()
        table = next(s for s in sections if s[1] == SHT_SYMTAB)
        strings = sections[table[6]]
        names, places, at_place = [], {}, {}
        for at in range(table[4], table[4] + table[5], 24):
            name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", data, at)
            start = strings[4] + name
            text = data[start:data.index(b"\0", start)]
            names.append(text)
            if info & 15 == STT_FUNC and info >> 4 == STB_GLOBAL and section != SHN_UNDEF:
                places[text] = (section, value, value + size)
                self.same[text] = at_place.setdefault((section, value), set())
                self.same[text].add(text)
        for section in sections:
            target = section[7]
            if section[1] != SHT_RELA or not sections[target][2] & SHF_ALLOC:
                continue
            for where, info, _ in struct.iter_unpack("<QQq", data[section[4]:section[4] + section[5]]):
                name = names[info >> 32]
                if name in places:
                    own, first, end = places[name]
                    if own == target and first <= where < end:
                        continue  # it calls itself
                self.used.add(name)


def objects_of(root, build):
    """Those that the build makes of the program's sources; others may lie about from before."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    for one in commands:
        source = os.path.relpath(one["file"], root)
        if source.split(os.sep)[0] in PROGRAM:
            made = re.search(r" -o (\S+)", one["command"]).group(1)
            yield os.path.join(one["directory"], made)


def unused(root, build):
    """(object, function) of each, with the names that C++ has for them."""
    defined, used = {}, set()
    for path in objects_of(root, build):
        with open(path, "rb") as file:
            found = Object(file.read())
        for name, same in found.same.items():
            defined.setdefault(name, (os.path.relpath(path, build), same))
        used |= found.used
    left = sorted(name for name, (_, same) in defined.items()
                  if not same & used and b"signpost" in name)
    shown = subprocess.run(["c++filt"], input=b"\n".join(left), capture_output=True,
                           check=True).stdout.decode().splitlines()
    return [(defined[name][0], text) for name, text in zip(left, shown)]


def bare(function):
    """`signpost::spf::check_host(signpost::spf::evaluation)` → `spf::check_host`."""
    return re.sub(r"\[abi:\w+\]", "", function.split("(")[0]).removeprefix("signpost::")


def main():
    count = 0
    found = unused(*sys.argv[1:])
    for path, function in found:
        if bare(function) not in KNOWN:
            print(f"{path}: nothing in the program calls {function}; remove it, or say in KNOWN "
                  "why it stays")
            count += 1
    for name in sorted(set(KNOWN) - {bare(function) for _, function in found}):
        print(f"{name} is in use or gone; take it out of KNOWN")
        count += 1
    print(f"unused_functions: {count} to fix" if count else "unused_functions: nothing to fix")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
