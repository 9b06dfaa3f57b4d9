// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account_id, all, client, fits, ID, isString, newZone, refused, TIME,
  watched } from './place.mjs';

const create = name => client.zones.create({ account: { id: account_id }, name, type: 'full' });

describe('zones', () => {
  it('a zone is made, read, paused and removed', async () => {
    const made = await create('life.example');
    fits(made, { id: ID, name: 'life.example', status: 'active', paused: false, type: 'full',
      development_mode: 0, name_servers: 'array', original_name_servers: null,
      original_registrar: null, original_dnshost: null, created_on: TIME, modified_on: TIME,
      activated_on: TIME, permissions: 'array' });
    assert.equal(made.account.id, account_id);
    assert.equal(made.owner.id, account_id);
    fits(made.meta, { step: 0, page_rule_quota: 0, custom_certificate_quota: 0,
      phishing_detected: false, cdn_only: false, dns_only: false, foundation_dns: false });
    fits(made.plan, { id: isString, name: isString, price: 0, currency: isString });
    assert.deepEqual(await client.zones.get({ zone_id: made.id }), made);

    const paused = await client.zones.edit({ zone_id: made.id, paused: true });
    assert.equal(paused.paused, true);
    assert.equal(paused.created_on, made.created_on);
    assert.deepEqual(await client.zones.get({ zone_id: made.id }), paused);

    assert.deepEqual(await client.zones.activationCheck.trigger({ zone_id: made.id }),
      { id: made.id });
    assert.equal((await client.zones.get({ zone_id: made.id })).status, 'active');
    assert.deepEqual(await client.zones.delete({ zone_id: made.id }), { id: made.id });
    await refused(client.zones.get({ zone_id: made.id }), 404, 7003);
  });

  it('a zone is found by its name, its account and their parts', async () => {
    const zone = await create('found.example');
    const ids = async query => (await all(client.zones.list(query))).map(one => one.id);
    assert.deepEqual(await ids({ name: 'found.example' }), [zone.id]);
    assert.deepEqual(await ids({ name: 'FOUND.example' }), [zone.id]);
    assert.deepEqual(await ids({ name: 'found.example', account: { id: account_id } }), [zone.id]);
    assert.deepEqual(await ids({ name: 'found.example', account: { id: 'f'.repeat(32) } }), []);
    assert.deepEqual(await ids({ name: 'equal:found.example' }), [zone.id]);
    assert.deepEqual(await ids({ name: 'starts_with:fou' }), [zone.id]);
    assert.deepEqual(await ids({ name: 'contains:ound.ex', status: 'active' }), [zone.id]);
    assert.deepEqual(await ids({ name: 'contains:ound.ex', status: 'pending' }), []);
    assert.deepEqual(await ids({ name: 'absent.example' }), []);
    assert.ok(!(await ids({ name: 'not_equal:found.example' })).includes(zone.id));
    assert.ok((await ids({ name: 'absent.example', status: 'active', match: 'any' }))
      .includes(zone.id));
    await client.zones.delete({ zone_id: zone.id });
  });

  it('nested filters are sent with dots, and are understood', async () => {
    const { client: seen, calls } = watched();
    await all(seen.zones.list({ account: { id: account_id, name: 'contains:x-x' } }));
    assert.equal(calls[0].query, `?account.id=${account_id}&account.name=contains%3Ax-x`);
    assert.equal(calls.length, 1);
  });

  it('sixty zones come in pages that end, in both directions', async () => {
    const before = (await all(client.zones.list())).length;
    const names = [];
    for (let i = 0; i < 60; ++i) names.push(`many${String(i).padStart(2, '0')}.example`);
    const made = [];
    for (const name of names) made.push((await create(name)).id);
    const { client: seen, calls } = watched();
    const found = await all(seen.zones.list({ name: 'starts_with:many' }));
    assert.deepEqual(found.map(zone => zone.name), names);
    // Of 20; the SDK asks until a page is empty.
    assert.deepEqual(calls.map(call => new URLSearchParams(call.query).get('page')),
      [null, '2', '3', '4']);
    const falling = await all(client.zones.list({
      name: 'starts_with:many', order: 'name', direction: 'desc', per_page: 50 }));
    assert.deepEqual(falling.map(zone => zone.name), [...names].reverse());
    assert.equal((await all(client.zones.list({ per_page: 7 }))).length, before + 60);
    const page = await client.zones.list({ name: 'starts_with:many', per_page: 25, page: 2 });
    assert.deepEqual(page.result_info,
      { page: 2, per_page: 25, count: 25, total_count: 60, total_pages: 3 });
    for (const zone_id of made) await client.zones.delete({ zone_id });
  });

  it('a name belongs to one zone', async () => {
    const zone = await newZone();
    await refused(create(zone.name), 409, 9409);
    await refused(create(zone.name.toUpperCase()), 409, 9409);
  });

  it('what is no domain is refused', async () => {
    for (const name of ['', 'example', 'a..example', 'a b.example', `${'a'.repeat(64)}.example`]) {
      const error = await refused(create(name), 422, 2007);
      assert.match(error.errors[0].message, /^Invalid Input: /);
      assert.deepEqual(error.errors[0].source, { pointer: '/name' });
    }
  });
});
