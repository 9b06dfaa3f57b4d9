// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { client, fits, ID, isString, newZone, refused } from './place.mjs';

describe('DNS records of a zone', () => {
  it('the records are those that have to be published', async () => {
    const zone = await newZone();
    const records = await client.emailRouting.dns.get({ zone_id: zone.id });
    assert.ok(records.length >= 2);
    const mx = records.filter(record => record.type === 'MX');
    assert.ok(mx.length >= 1);
    for (const record of mx) {
      fits(record, { name: zone.name, content: isString, ttl: 1,
        priority: value => Number.isInteger(value) && value >= 0 && value <= 65535 });
    }
    const spf = records.filter(record => record.type === 'TXT' && record.name === zone.name);
    assert.equal(spf.length, 1);
    assert.match(spf[0].content, /^"?v=spf1 .* ~all"?$/);
    assert.equal('priority' in spf[0], false);
    for (const record of records) fits(record, { type: /^(MX|TXT|CNAME)$/, content: isString });
  });

  it('a zone is switched on and off by its records', async () => {
    const zone = await newZone({ enabled: false });
    const zone_id = zone.id;
    const on = await client.emailRouting.dns.create({ zone_id });
    fits(on, { id: ID, name: zone.name, enabled: true });
    assert.equal((await client.emailRouting.get({ zone_id })).enabled, true);
    const unlocked = await client.emailRouting.dns.edit({ zone_id });
    assert.match(unlocked.status, /^(unlocked|misconfigured)$/);
    const off = await client.emailRouting.dns.delete({ zone_id });
    fits(off, { id: ID, name: zone.name, enabled: false });
    assert.equal((await client.emailRouting.get({ zone_id })).enabled, false);
  });

  it('subdomains are added, and the zone itself is none', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const name = `mail.${zone.name}`;
    const with_it = await client.emailRouting.dns.create({ zone_id, name });
    assert.equal(with_it.name, zone.name);
    assert.equal(with_it.subdomains.length, 1);
    fits(with_it.subdomains[0], { id: ID, tag: with_it.subdomains[0].id, name, enabled: true });
    // Again is no second one.
    const again = await client.emailRouting.dns.create({ zone_id, name });
    assert.deepEqual(again.subdomains, with_it.subdomains);

    const seen = await client.emailRouting.dns.get({ zone_id, subdomain: name });
    assert.ok(seen.some(record => record.type === 'MX' && record.name === name));
    for (const record of seen) fits(record, { type: /^(MX|TXT|CNAME)$/, content: isString });
    // The SDK has no way to say which; the zone's mail must not end.
    await refused(client.emailRouting.dns.delete({ zone_id }), 409, 9432);
    await refused(client.emailRouting.dns.get({ zone_id, subdomain: `no.${zone.name}` }), 404, 9404);
    assert.equal((await client.emailRouting.get({ zone_id })).enabled, true);

    const add = other => client.emailRouting.dns.create({ zone_id, name: other });
    const apex = await refused(add(zone.name), 422, 2007);
    assert.equal(apex.errors[0].message, `Invalid Input: must be a a subdomains of ${zone.name}`);
    await refused(add('mail.elsewhere.example'), 422, 2007);
  });
});
