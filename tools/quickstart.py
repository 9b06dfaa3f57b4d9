# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The third step of tools/quickstart: a node with a stub DNS zone and a local destination, one
message through it, and what arrived."""
import argparse
import json
import pathlib
import shutil
import signal
import smtplib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/integration"))
import harness    # noqa: E402
import mail_sink  # noqa: E402

MESSAGE = """From: Alice <alice@sender.example>\r
To: info@signpost.example\r
Subject: Hello through Signpost\r
Message-ID: <first@sender.example>\r
Date: Mon, 23 Nov 2026 12:00:00 +0000\r
\r
If you can read this, it was forwarded.\r
"""


HOST, ZONE = "mx.signpost.example", "signpost.example"


def settings(destination_port):
    return {
        "node.host_name": HOST,
        "node.postmaster": ["postmaster@inbox.example"],
        "smtp.tls_certificate": "", "smtp.tls_key": "",
        "delivery.port": destination_port,
        # What the DNS would say of the destination's domain, and of the sender's: that mail of
        # sender.example may come from this machine. Without that the node would refuse it.
        "dns.local_zones": ["example."],
        "dns.local_data": [
            'sender.example. 300 IN TXT "v=spf1 ip4:127.0.0.0/8 -all"',
            f'{ZONE}. 300 IN TXT "v=spf1 ip4:127.0.0.0/8 -all"',
            "inbox.example. 300 IN MX 10 mx.inbox.example.",
            f"mx.inbox.example. 300 IN A {harness.SINK_IP}"],
        "log.level": "info",
    }


ZONES = [{
    "name": ZONE,
    "subaddressing": True,
    "rules": [{"address": "info", "forward": ["alice@inbox.example"]},
              {"address": "old", "reject": "this address is closed"}],
    "catch_all": {"forward": ["everything@inbox.example"]},
}]


def publish_keys(node):
    """Makes the keys that sign, and puts their records into the stub DNS. A node makes the one of
    its own name at its first start; here the record has to be there before."""
    for domain in (HOST, ZONE):
        for record in json.loads(node.cli("dkim", "keygen", domain, "--now", "--json").stdout):
            value = record["value"]
            strings = " ".join(f'"{value[at:at + 255]}"' for at in range(0, len(value), 255))
            node.settings["dns.local_data"].append(f'{record["name"]}. 300 IN TXT {strings}')
    node.write_config()


def show_verdict(node, message):
    """What a receiver finds out about it, who gets it from this machine now."""
    letter = node.directory / "arrived.eml"
    letter.write_bytes(message.data)
    said = json.loads(node.cli(
        "explain", message.sender, f"info@{ZONE}", "--message", str(letter),
        "--client-address", harness.NODE_IP, "--json", check=False).stdout)
    facts = said["facts"]
    print("\nA receiver that checks it finds: "
          + ", ".join(f"{name}={facts[name]}" for name in ("spf", "dkim", "arc")))
    return facts


def send(node):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, local_hostname="sender.example") as client:
        client.starttls()
        client.sendmail("alice@sender.example", ["info@signpost.example"], MESSAGE)


def show(message):
    print("\nWhat arrived at the destination:\n")
    print(f"  envelope  MAIL FROM:<{message.sender}>")
    for recipient in message.recipients:
        print(f"            RCPT TO:<{recipient}>")
    print(f"            over {'TLS' if message.tls else 'plaintext'}\n")
    for line in message.data.decode().splitlines():
        print(f"  {line}")


def show_next_steps(node, build):
    command = f"{pathlib.Path(build).resolve()}/apps/signpost/signpost --config {node.config}"
    print(f"""
The node runs. Try, in another terminal:

  swaks --server {node.smtp_address} --to anything@signpost.example --from you@sender.example
  {command} queue list
  {command} rules test info+news@signpost.example
  {command} events
  curl http://{harness.NODE_IP}:{node.monitoring_port}/metrics

Settings   {node.config}
Zones      {node.zones_file}   (edit it: the node takes it over by itself)
Log        {node.directory}/signpostd.log
Reference  docs/operating/

Ctrl-C ends it.""")


def main():
    sys.stdout.reconfigure(line_buffering=True)  # into a pipe or a file as well
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="build directory")
    parser.add_argument("--once", action="store_true", help="end after the message")
    arguments = parser.parse_args()
    directory = pathlib.Path("build/quickstart").resolve()
    shutil.rmtree(directory, ignore_errors=True)
    with mail_sink.MailSink() as destination:
        node = harness.Node(ZONES, settings(destination.port), directory,
                            harness.Build(arguments.build))
        publish_keys(node)
        with node:
            send(node)
            message = destination.wait_for(1)[0]
            show(message)
            facts = show_verdict(node, message)
            if any(facts[name] != "pass" for name in ("spf", "dkim", "arc")):
                sys.exit("It arrived, but not all of that passes.")
            if arguments.once:
                print("\nIt works. Without --once the node keeps running.")
                return
            show_next_steps(node, arguments.build)
            destination.on_data = lambda message: show(message)
            stop = threading.Event()
            signal.signal(signal.SIGINT, lambda *_: stop.set())
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            stop.wait()
            print("\nstopping")


if __name__ == "__main__":
    main()
