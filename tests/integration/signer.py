# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The other side's signatures, made by dkimpy: senders that sign, forwarders and lists that seal.

    alice = Signer("sender.example")
    DnsServer({**alice.records(), ...})
    message = alice.sign(message)

The test must have called harness.use_python_with("dkim", ...) before it imports this module.
"""
import base64
import subprocess

import dkim
import nacl.signing

RSA, ED25519 = b"rsa-sha256", b"ed25519-sha256"


def rsa_key():
    """(PEM of the private key, base64 of the public key)"""
    private = subprocess.run(["openssl", "genrsa", "2048"], check=True,
                             capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=private,
                            check=True, capture_output=True).stdout
    return private, base64.b64encode(public).decode()


class Signer:
    """A domain with an RSA key of selector `rsa` and an Ed25519 key of selector `ed`."""
    shared_rsa = None  # making one takes long; which domain has which key tests nothing

    def __init__(self, domain, spf="v=spf1 ip4:127.0.0.0/8 -all", dmarc=None):
        self.domain, self.spf, self.dmarc = domain, spf, dmarc
        Signer.shared_rsa = Signer.shared_rsa or rsa_key()
        self.rsa, self.rsa_public = Signer.shared_rsa
        seed = nacl.signing.SigningKey.generate()
        self.ed25519 = base64.b64encode(bytes(seed))
        self.ed25519_public = base64.b64encode(bytes(seed.verify_key)).decode()

    def records(self):
        """What the domain publishes, for DnsServer."""
        table = {
            (f"rsa._domainkey.{self.domain}", "TXT"): [f"v=DKIM1; k=rsa; p={self.rsa_public}"],
            (f"ed._domainkey.{self.domain}", "TXT"):
                [f"v=DKIM1; k=ed25519; p={self.ed25519_public}"],
        }
        if self.spf:
            table[(self.domain, "TXT")] = [self.spf]
        if self.dmarc:
            table[(f"_dmarc.{self.domain}", "TXT")] = [self.dmarc]
        return table

    def sign(self, message, algorithm=RSA, canonicalize=(b"relaxed", b"relaxed"), fields=None,
             length=False):
        """The message below one more DKIM-Signature."""
        rsa = algorithm == RSA
        fields = fields or [name for name in (b"from", b"to", b"subject", b"date", b"message-id",
                                              b"content-type")
                            if b"\r\n" + name + b":" in b"\r\n" + message.lower()]
        field = dkim.sign(message, b"rsa" if rsa else b"ed", self.domain.encode(),
                          self.rsa if rsa else self.ed25519, signature_algorithm=algorithm,
                          canonicalize=canonicalize, include_headers=fields, length=length)
        return field + message

    def seal(self, message, results, cv=None):
        """The message below one more ARC set that says `results`, and `arc=cv` if given."""
        said = f"{results}; arc={cv}" if cv else results
        field = f"Authentication-Results: {self.domain}; {said}\r\n".encode()
        chain = dkim.arc_sign(field + message, b"rsa", self.domain.encode(), self.rsa,
                              self.domain.encode(),
                              include_headers=[b"from", b"to", b"subject", b"message-id"])
        if not chain:
            raise RuntimeError("dkimpy does not seal this")
        return b"".join(chain) + field + message
