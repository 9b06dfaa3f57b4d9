// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { client, fits, ID, isBoolean, newZone, refused, TIME, watched } from './place.mjs';

const STATUS = /^(ready|unconfigured|misconfigured|misconfigured\/locked|unlocked)$/;

const looksRight = (settings, zone) => {
  fits(settings, { id: ID, tag: settings.id, name: zone.name, created: TIME, modified: TIME,
    enabled: isBoolean, skip_wizard: isBoolean, support_subaddress: isBoolean, status: STATUS,
    subdomains: 'array', synced: isBoolean });
};

describe('e-mail routing of a zone', () => {
  it('a new zone does not route', async () => {
    const zone = await newZone({ enabled: false });
    const settings = await client.emailRouting.get({ zone_id: zone.id });
    looksRight(settings, zone);
    fits(settings, { enabled: false, status: 'unconfigured', subdomains: [],
      support_subaddress: false });
  });

  it('it is switched on and off by requests without a body', async () => {
    const zone = await newZone({ enabled: false });
    const { client: seen, calls } = watched();
    const on = await seen.emailRouting.enable({ zone_id: zone.id });
    looksRight(on, zone);
    assert.equal(on.enabled, true);
    const read = await client.emailRouting.get({ zone_id: zone.id });
    assert.equal(read.enabled, true);
    assert.equal(read.modified, on.modified);
    const again = await seen.emailRouting.enable({ zone_id: zone.id });
    assert.equal(again.modified, on.modified);
    const off = await seen.emailRouting.disable({ zone_id: zone.id });
    looksRight(off, zone);
    fits(off, { enabled: false, status: 'unconfigured' });
    const path = `/zones/${zone.id}/email/routing`;
    assert.deepEqual(calls.map(call => [call.path, call.body, call.headers.get('content-type')]),
      [[`${path}/enable`, undefined, null], [`${path}/enable`, undefined, null],
        [`${path}/disable`, undefined, null]]);
    assert.equal((await client.emailRouting.get({ zone_id: zone.id })).enabled, false);
  });

  it('edit and update keep what is left out, and `enabled` does nothing', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const routing = client.emailRouting;
    const first = await routing.edit({ zone_id, support_subaddress: true });
    fits(first, { support_subaddress: true, skip_wizard: false, enabled: true });
    const second = await routing.update({ zone_id, skip_wizard: true });
    fits(second, { support_subaddress: true, skip_wizard: true, enabled: true });
    const third = await routing.edit({ zone_id, enabled: false });
    fits(third, { support_subaddress: true, skip_wizard: true, enabled: true });
    const fourth = await routing.update({ zone_id, enabled: false, support_subaddress: false,
      skip_wizard: false });
    fits(fourth, { support_subaddress: false, skip_wizard: false, enabled: true });
    assert.deepEqual(await routing.get({ zone_id }), fourth);
    await refused(routing.edit({ zone_id, support_subaddress: 'yes' }), 422, 2007);
  });

  it('the records are unlocked', async () => {
    const zone = await newZone();
    const before = await client.emailRouting.get({ zone_id: zone.id });
    assert.match(before.status, /^(misconfigured\/locked|unconfigured)$/);
    const unlocked = await client.emailRouting.unlock({ zone_id: zone.id });
    looksRight(unlocked, zone);
    assert.match(unlocked.status, /^(unlocked|misconfigured)$/);
    assert.equal(unlocked.enabled, true);
    // Switching on locks them again.
    const locked = await client.emailRouting.enable({ zone_id: zone.id });
    assert.match(locked.status, /^(misconfigured\/locked|unconfigured)$/);
  });
});
