// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What mailauth (npm) says of the message on standard input, asking the DNS server ADDRESS:PORT, in
// the lines of mail_dkim.pl.
'use strict';

const { Resolver } = require('node:dns').promises;
const { arc } = require('mailauth/lib/arc');
const { dkimVerify } = require('mailauth/lib/dkim/verify');

const servers = new Resolver();
servers.setServers([process.argv[2]]);
const resolver = (name, type) => servers.resolve(name, type);

(async () => {
  const message = require('node:fs').readFileSync(0);
  const found = await dkimVerify(message, { resolver });
  for (const one of found.results) {
    if (one.signingDomain) {
      console.log(`dkim ${one.signingDomain} ${one.selector} ${one.status.result}`);
    }
  }
  const chain = await arc(found.arc, { resolver });
  console.log(`arc ${chain.status.result} ${chain.status.comment || ''}`);
})().catch(error => {
  console.error(error);
  process.exit(1);
});
