// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account_id, all, client, fits, ID, newDestination, newZone, refused,
  watched } from './place.mjs';

const rules = client.emailRouting.rules;
const to = value => [{ type: 'literal', field: 'to', value }];
const drop = [{ type: 'drop' }];
const forward = email => [{ type: 'forward', value: [email] }];
const isCatchAll = rule => rule.matchers.some(matcher => matcher.type === 'all');

const made = (zone, fields) => {
  const matchers = to(`user@${zone.name}`);
  return { zone, sent: { actions: drop, matchers, ...fields } };
};

describe('routing rules', () => {
  it('a rule is made, read, changed and removed', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const { email } = await newDestination();
    const sent = { actions: forward(email), matchers: to(`info@${zone.name}`), enabled: true,
      name: 'Info', priority: 3 };
    const rule = await rules.create({ zone_id, ...sent });
    assert.deepEqual(rule, { ...sent, id: rule.id, tag: rule.id, source: 'api' });
    assert.match(rule.id, ID);
    assert.deepEqual(await rules.get(rule.id, { zone_id }), rule);

    const other = { actions: drop, matchers: to(`other@${zone.name}`), enabled: false,
      name: 'Other', priority: 0 };
    const changed = await rules.update(rule.id, { zone_id, ...other });
    assert.deepEqual(changed, { ...other, id: rule.id, tag: rule.id, source: 'api' });
    assert.deepEqual(await rules.get(rule.id, { zone_id }), changed);

    assert.deepEqual(await rules.delete(rule.id, { zone_id }), changed);
    await refused(rules.get(rule.id, { zone_id }), 404, 9404);
    await refused(rules.delete(rule.id, { zone_id }), 404, 9404);
    await refused(rules.update(rule.id, { zone_id, ...other }), 404, 9404);
  });

  it('what is left out stays out, what is sent comes back', async () => {
    const zone = await newZone();
    const cases = [
      {},
      { name: '' },
      { name: 'Ünïcode “quotes” \u{1F4EC}' },
      { name: 'x'.repeat(256) },
      { enabled: false },
      { priority: 1.5 },
      { priority: 2147483647 },
      { actions: [{ type: 'drop', value: [] }] },
      { actions: [{ type: 'drop', value: ['why not'] }] },
      { matchers: to(`Mixed.Case+Detail@${zone.name}`) },
      { matchers: [{ type: 'literal', value: `no-field@${zone.name}` }] },
    ];
    for (const fields of cases) {
      const { sent } = made(zone, fields);
      const rule = await rules.create({ zone_id: zone.id, ...sent });
      const usual = { enabled: true, priority: 0, source: 'api' };
      const want = { ...usual, ...sent, id: rule.id, tag: rule.id };
      assert.deepEqual(rule, want);
      assert.deepEqual(await rules.get(rule.id, { zone_id: zone.id }), want);
      const listed = (await all(rules.list({ zone_id: zone.id }))).filter(r => !isCatchAll(r));
      assert.deepEqual(listed, [want]);
      // A change that leaves the name out takes it away.
      const { name, ...rest } = sent;
      const bare = await rules.update(rule.id, { zone_id: zone.id, ...rest });
      assert.equal('name' in bare, false);
      await rules.delete(rule.id, { zone_id: zone.id });
    }
  });

  it('rules of wrangler name their worker, which is not shown', async () => {
    const zone = await newZone();
    const { sent } = made(zone, { source: 'wrangler', owner_worker_tag: 'f'.repeat(32) });
    const rule = await rules.create({ zone_id: zone.id, ...sent });
    assert.equal(rule.source, 'wrangler');
    assert.equal('owner_worker_tag' in rule, false);
    await refused(rules.create({ zone_id: zone.id, ...sent, owner_worker_tag: undefined,
      matchers: to(`b@${zone.name}`) }), 422, 2007);
  });

  it('sixty-five rules come in pages that end, with the catch-all once', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const ids = [];
    for (let i = 0; i < 65; ++i) {
      const rule = await rules.create({ zone_id, actions: drop, matchers: to(`u${i}@${zone.name}`),
        enabled: i % 2 === 0, priority: i });
      ids.push(rule.id);
    }
    const { client: seen, calls } = watched();
    const found = await all(seen.emailRouting.rules.list({ zone_id }));
    assert.deepEqual(found.filter(rule => !isCatchAll(rule)).map(rule => rule.id), ids);
    assert.equal(found.filter(isCatchAll).length, 1);
    assert.deepEqual(calls.map(call => call.query),
      ['', '?page=2', '?page=3', '?page=4', '?page=5']);

    for (const per_page of [5, 22, 33, 50]) {
      const paged = await all(rules.list({ zone_id, per_page }));
      assert.deepEqual(paged, found, String(per_page));
    }
    const page = await rules.list({ zone_id, per_page: 50, page: 2 });
    assert.deepEqual(page.result_info,
      { page: 2, per_page: 50, count: 16, total_count: 66, total_pages: 2 });
    const past = await rules.list({ zone_id, page: 1000 });
    assert.deepEqual(past.result, []);
    assert.equal(past.hasNextPage(), false);

    const enabled = await all(rules.list({ zone_id, enabled: true }));
    assert.equal(enabled.filter(rule => !isCatchAll(rule)).length, 33);
    assert.ok(enabled.every(rule => rule.enabled));
    const disabled = await all(rules.list({ zone_id, enabled: false }));
    assert.equal(disabled.filter(rule => !isCatchAll(rule)).length, 32);
    assert.equal(disabled.filter(isCatchAll).length, 1);  // it is off at first

    const others = await all(client.emailRouting.accountRules.list({ zone_id, per_page: 50 }));
    assert.deepEqual(others, found);
  });

  it('the rules of all zones are listed with their zone', async () => {
    const zones = [await newZone(), await newZone()];
    const wanted = new Map();
    for (const zone of zones) {
      for (let i = 0; i < 15; ++i) {
        const rule = await rules.create({ zone_id: zone.id, actions: drop,
          matchers: to(`a${i}@${zone.name}`) });
        wanted.set(rule.id, { name: zone.name, tag: zone.id });
      }
    }
    for (const list of [client.emailRouting.accountRules, rules]) {
      const found = await all(list.list({ account_id, per_page: 10 }));
      const mine = found.filter(rule => wanted.has(rule.id));
      assert.equal(mine.length, wanted.size);
      for (const rule of mine) assert.deepEqual(rule.zone, wanted.get(rule.id));
      assert.equal(new Set(found.map(rule => rule.id)).size, found.length);
      for (const zone of zones) {
        assert.equal(found.filter(rule => isCatchAll(rule) && rule.zone.tag === zone.id).length, 1);
      }
    }
  });

  it('the catch-all always exists and is replaced', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const { email } = await newDestination();
    const catch_alls = rules.catchAlls;
    const first = await catch_alls.get({ zone_id });
    fits(first, { id: ID, tag: first.id, enabled: false, name: '', source: 'api',
      actions: [{ type: 'drop' }], matchers: [{ type: 'all' }] });
    assert.equal('priority' in first, false);

    const sent = { actions: forward(email), matchers: [{ type: 'all' }], enabled: true,
      name: 'the rest' };
    const changed = await catch_alls.update({ zone_id, ...sent });
    assert.deepEqual(changed, { ...sent, id: first.id, tag: first.id, source: 'api' });
    assert.deepEqual(await catch_alls.get({ zone_id }), changed);
    const listed = (await all(rules.list({ zone_id }))).filter(isCatchAll);
    assert.equal(listed.length, 1);
    const { priority, ...rest } = listed[0];
    assert.deepEqual(rest, changed);
    assert.equal(typeof priority, 'number');

    // What is left out: enabled is true, the name is none.
    const bare = await catch_alls.update({ zone_id, actions: drop, matchers: [{ type: 'all' }] });
    assert.deepEqual(bare, { id: first.id, tag: first.id, source: 'api', actions: drop,
      matchers: [{ type: 'all' }], enabled: true });
    assert.deepEqual(await catch_alls.get({ zone_id }), bare);
  });

  it('the catch-all has no place among the others', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const { id } = await rules.catchAlls.get({ zone_id });
    const body = { zone_id, actions: drop, matchers: [{ type: 'all' }] };
    for (const work of [() => rules.get(id, { zone_id }), () => rules.delete(id, { zone_id }),
      () => rules.update(id, body), () => rules.create(body)]) {
      const error = await refused(work(), 409, 2020);
      assert.equal(error.errors[0].message, 'Invalid rule operation');
      assert.equal(error.headers.get('x-should-retry'), 'false');
    }
    await refused(rules.catchAlls.update({ zone_id, actions: drop,
      matchers: to(`x@${zone.name}`) }), 409, 2020);
  });

  it('mail is forwarded to verified destinations only', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const body = { zone_id, matchers: to(`a@${zone.name}`), actions: forward('no@dest.example') };
    const unknown = await refused(rules.create(body), 400, 2054);
    assert.equal(unknown.errors[0].message, 'Destination address is not verified');
    const address = await client.emailRouting.addresses.create({
      account_id, email: 'waiting@dest.example' });
    const waiting = { ...body, actions: forward(address.email) };
    await refused(rules.create(waiting), 400, 2054);
    await refused(rules.catchAlls.update({ ...waiting, matchers: [{ type: 'all' }] }), 400, 2054);
    const rule = await rules.create({ ...body, actions: drop });
    await refused(rules.update(rule.id, waiting), 400, 2054);
    assert.deepEqual(await rules.get(rule.id, { zone_id }), rule);
    await client.emailRouting.addresses.edit(address.id, { account_id, status: 'verified' });
    assert.deepEqual((await rules.update(rule.id, waiting)).actions, waiting.actions);
  });

  it('an address has one rule', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const body = { zone_id, actions: drop, matchers: to(`only@${zone.name}`) };
    await rules.create(body);
    const error = await refused(rules.create(body), 409, 2014);
    assert.equal(error.errors[0].message, 'Duplicated Zone rule');
    await refused(rules.create({ ...body, matchers: to(`ONLY@${zone.name}`) }), 409, 2014);
    const second = await rules.create({ ...body, matchers: to(`second@${zone.name}`) });
    await refused(rules.update(second.id, body), 409, 2014);
  });

  it('what a rule cannot be is refused with the words that clients know', async () => {
    const zone = await newZone();
    const zone_id = zone.id;
    const matchers = to(`bad@${zone.name}`);
    const cases = [
      [{ matchers, actions: [{ type: 'forward', value: ['a@dest.example', 'b@dest.example'] }] },
        'forward action must contain exactly one destination'],
      [{ matchers, actions: [{ type: 'forward', value: [] }] },
        'forward action must contain exactly one destination'],
      [{ matchers, actions: [{ type: 'forward' }] },
        'forward action must contain exactly one destination'],
      [{ matchers, actions: [...drop, ...drop] }, 'only one action per rule is allowed'],
      [{ matchers, actions: [{ type: 'worker' }] }, 'must specify worker id'],
      [{ matchers, actions: [] }],
      [{ matchers, actions: [{ type: 'teleport' }] }],
      [{ matchers: [], actions: drop }],
      [{ matchers: [...matchers, ...matchers], actions: drop }],
      [{ matchers: to('bad@elsewhere.example'), actions: drop }],
      [{ matchers: to('no address'), actions: drop }],
      [{ matchers: [{ type: 'literal', field: 'from', value: `a@${zone.name}` }], actions: drop }],
      [{ matchers: to(`${'a'.repeat(90)}@${zone.name}`), actions: drop }],
      [{ matchers, actions: drop, name: 'x'.repeat(257) }],
      [{ matchers, actions: drop, priority: -1 }],
      [{ matchers, actions: drop, priority: '1' }],
      [{ matchers, actions: drop, enabled: 'true' }],
      [{ matchers, actions: drop, source: 'elsewhere' }],
      [{ matchers }],
      [{ actions: drop }],
    ];
    for (const [body, words] of cases) {
      const error = await refused(rules.create({ zone_id, ...body }), 422, 2007);
      assert.match(error.errors[0].message, /^Invalid Input: /);
      if (words) assert.equal(error.errors[0].message, `Invalid Input: ${words}`);
    }
    assert.equal((await all(rules.list({ zone_id }))).length, 1);
  });

  it('a list takes numbers only', async () => {
    const zone = await newZone();
    for (const query of [{ page: 0 }, { page: -1 }, { per_page: 0 }, { page: 'two' }]) {
      const error = await refused(rules.list({ zone_id: zone.id, ...query }), 422, 2007);
      assert.match(error.errors[0].message, /^Invalid Input: /);
    }
  });
});
