// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account_id, all, client, fits, ID, newDestination, newZone, refused, TIME,
  watched } from './place.mjs';

const addresses = client.emailRouting.addresses;
// What became of the mail is ours, and changes by itself.
const lasting = ({ verification_mail, ...rest }) => rest;

describe('destination addresses', () => {
  it('an address is made, read, verified and removed', async () => {
    const email = 'Life.Of+An.Address@dest.example';
    const made = await addresses.create({ account_id, email });
    fits(made, { id: ID, tag: made.id, email, verified: null, created: TIME, modified: TIME });
    assert.deepEqual(lasting(await addresses.get(made.id, { account_id })), lasting(made));

    const verified = await addresses.edit(made.id, { account_id, status: 'verified' });
    fits(verified, { id: made.id, email, verified: TIME, created: made.created });
    assert.deepEqual(await addresses.get(made.id, { account_id }), verified);
    const again = await addresses.edit(made.id, { account_id, status: 'verified' });
    assert.equal(again.verified, verified.verified);
    const unverified = await addresses.edit(made.id, { account_id, status: 'unverified' });
    assert.equal(unverified.verified, null);

    assert.deepEqual(lasting(await addresses.delete(made.id, { account_id })), lasting(unverified));
    await refused(addresses.get(made.id, { account_id }), 404, 9404);
    await refused(addresses.delete(made.id, { account_id }), 404, 9404);
    await refused(addresses.edit(made.id, { account_id, status: 'verified' }), 404, 9404);
  });

  it('sixty addresses come in pages that end', async () => {
    const before = await all(addresses.list({ account_id }));
    const ids = [];
    for (let i = 0; i < 60; ++i) {
      ids.push((await addresses.create({ account_id, email: `many${i}@dest.example` })).id);
    }
    for (const id of ids.slice(0, 3)) {
      await addresses.edit(id, { account_id, status: 'verified' });
    }
    const { client: seen, calls } = watched();
    const found = await all(seen.emailRouting.addresses.list({ account_id }));
    assert.equal(found.length, before.length + 60);
    assert.equal(new Set(found.map(one => one.id)).size, found.length);
    assert.equal(calls.length, Math.ceil(found.length / 20) + 1);
    assert.deepEqual(found.slice(before.length).map(one => one.id), ids);
    const falling = await all(addresses.list({ account_id, direction: 'desc', per_page: 50 }));
    assert.deepEqual(falling.reverse(), found);
    const verified = await all(addresses.list({ account_id, verified: true }));
    assert.ok(verified.every(one => one.verified !== null));
    const waiting = await all(addresses.list({ account_id, verified: false, per_page: 11 }));
    assert.ok(waiting.every(one => one.verified === null));
    assert.equal(verified.length + waiting.length, found.length);
    const page = await addresses.list({ account_id, per_page: 50, page: 2 });
    assert.deepEqual(page.result_info, { page: 2, per_page: 50, count: found.length - 50,
      total_count: found.length, total_pages: 2 });
    for (const id of ids) await addresses.delete(id, { account_id });
  });

  it('an address is there once', async () => {
    const email = 'twice@dest.example';
    await addresses.create({ account_id, email });
    await refused(addresses.create({ account_id, email }), 409, 9409);
  });

  it('what is no address is refused', async () => {
    for (const email of ['', 'nobody', 'a@', '@b.example', 'a b@c.example', 5,
      `${'a'.repeat(60)}@${'b'.repeat(60)}.example`]) {
      const error = await refused(addresses.create({ account_id, email }), 422, 2007);
      assert.deepEqual(error.errors[0].source, { pointer: '/email' });
    }
    await refused(addresses.create({ account_id }), 422, 2007);
  });

  it('rules that forward to it are disabled when it goes', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const address = await newDestination();
    const actions = [{ type: 'forward', value: [address.email] }];
    const rule = await client.emailRouting.rules.create({ zone_id, actions,
      matchers: [{ type: 'literal', field: 'to', value: `gone@${zone.name}` }] });
    await client.emailRouting.rules.catchAlls.update({ zone_id, actions, enabled: true,
      matchers: [{ type: 'all' }] });
    await addresses.delete(address.id, { account_id });
    assert.deepEqual(await client.emailRouting.rules.get(rule.id, { zone_id }),
      { ...rule, enabled: false });
    assert.equal((await client.emailRouting.rules.catchAlls.get({ zone_id })).enabled, false);
  });
});
