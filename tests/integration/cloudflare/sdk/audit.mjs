// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account_id, all, client, clientWith, Cloudflare, fits, ID, isString, newZone, refused,
  TIME, watched } from './place.mjs';

const logs = client.accounts.logs.audit;
const hour = 3600 * 1000;
const span = () => ({ account_id, since: new Date(Date.now() - hour).toISOString(),
  before: new Date(Date.now() + hour).toISOString() });

/** A rule that was made, changed and removed, and who asked in vain. */
const history = async () => {
  const zone = await newZone();
  const zone_id = zone.id;
  const body = { zone_id, actions: [{ type: 'drop' }],
    matchers: [{ type: 'literal', field: 'to', value: `audited@${zone.name}` }] };
  const rule = await client.emailRouting.rules.create(body);
  await client.emailRouting.rules.update(rule.id, { ...body, name: 'after' });
  await client.emailRouting.rules.delete(rule.id, { zone_id });
  await client.emailRouting.rules.create({ ...body, actions: [] }).catch(() => {});
  return { zone, rule };
};
const { zone, rule } = await history();

describe('the first audit log', () => {
  it('every change is in it, with before and after', async () => {
    const found = await all(client.auditLogs.list({ account_id, zone: { name: zone.name },
      direction: 'asc' }));
    const of_rule = found.filter(entry => entry.resource.id === rule.id);
    assert.deepEqual(of_rule.map(entry => entry.action.type), ['create', 'update', 'delete']);
    for (const entry of found) {
      fits(entry, { id: ID, interface: 'API', when: TIME, metadata: isObject, newValue: isString,
        oldValue: isString });
      fits(entry.actor, { id: ID, ip: '127.0.0.1', type: 'user' });
      assert.equal(entry.owner.id, account_id);
      assert.equal(entry.metadata.zone_name, zone.name);
    }
    assert.equal(of_rule[0].oldValue, '');
    assert.deepEqual(JSON.parse(of_rule[0].newValue), rule);
    assert.deepEqual(JSON.parse(of_rule[1].oldValue), rule);
    assert.equal(JSON.parse(of_rule[1].newValue).name, 'after');
    assert.equal(of_rule[2].newValue, '');
    const failed = found.filter(entry => entry.action.result === false);
    assert.equal(failed.length, 1);
    assert.equal(failed[0].metadata.status, 422);
  });

  it('filters with nested names are understood', async () => {
    const { client: seen, calls } = watched();
    const created = await all(seen.auditLogs.list({ account_id, action: { type: 'create' },
      actor: { ip: '127.0.0.1' }, zone: { name: zone.name }, per_page: 100 }));
    assert.ok(created.some(entry => entry.resource.id === rule.id));
    assert.ok(created.every(entry => entry.action.type === 'create'));
    const query = new URLSearchParams(calls[0].query);
    assert.deepEqual(['action.type', 'actor.ip', 'zone.name'].map(name => query.get(name)),
      ['create', '127.0.0.1', zone.name]);
    assert.deepEqual(await all(client.auditLogs.list({ account_id, actor: { ip: '192.0.2.1' } })),
      []);
    const one = await all(client.auditLogs.list({ account_id, id: created[0].id }));
    assert.deepEqual(one, [created[0]]);
  });

  it('its pages end, and the user\'s has all accounts', async () => {
    const few = await all(client.auditLogs.list({ account_id, per_page: 25 }));
    const many = await all(client.auditLogs.list({ account_id, per_page: 1000 }));
    assert.ok(many.length > 60);
    assert.deepEqual(few, many);
    assert.ok(few.every((entry, i) => i === 0 || entry.when <= few[i - 1].when));
    const of_user = await all(client.user.auditLogs.list({ per_page: 1000 }));
    const ids = new Set(of_user.map(entry => entry.id));
    assert.ok(many.every(entry => ids.has(entry.id)));
    const since = new Date(Date.now() + hour).toISOString();
    assert.deepEqual(await all(client.auditLogs.list({ account_id, since })), []);
    assert.deepEqual(await all(client.auditLogs.list({ account_id, before: '2020-01-01' })), []);
  });
});

const isObject = value => typeof value === 'object' && value !== null;

describe('the second audit log', () => {
  it('an entry tells who did what to what', async () => {
    const found = await all(logs.list({ ...span(), direction: 'asc', limit: 1000 }));
    const made = found.find(entry => entry.resource.id === rule.id);
    fits(made, { id: ID, account: { id: account_id, name: made.account.name },
      zone: { id: zone.id, name: zone.name } });
    fits(made.action, { type: 'create', result: 'success', time: TIME, description: isString });
    fits(made.actor, { id: ID, context: 'api_token', ip_address: '127.0.0.1', token_id: ID,
      token_name: isString, type: 'user' });
    fits(made.raw, { method: 'POST', status_code: 200,
      uri: `/client/v4/zones/${zone.id}/email/routing/rules`,
      user_agent: /^Cloudflare\/JS 7\.3\.0/ });
    fits(made.resource, { product: 'email_routing', type: 'email_routing_rule', scope: 'zones',
      request: null, response: rule });
  });

  it('its cursors lead to the end, whatever the limit', async () => {
    const range = span();
    const whole = await all(logs.list({ ...range, limit: 1000 }));
    const { client: seen, calls } = watched();
    const parts = await all(seen.accounts.logs.audit.list({ ...range, limit: 30 }));
    assert.deepEqual(parts, whole);
    assert.ok(calls.length >= Math.ceil(whole.length / 30));
    assert.ok(calls.slice(1).every(call => new URLSearchParams(call.query).get('cursor')));
    const rising = await all(logs.list({ ...range, limit: 40, direction: 'asc' }));
    assert.deepEqual(rising.reverse(), whole);
  });

  it('the filters that the SDK knows leave entries out', async () => {
    const range = { ...span(), limit: 1000 };
    const without = await all(logs.list({ ...range, action_type: { not: ['create', 'update'] },
      zone_name: { not: ['elsewhere.example'] } }));
    assert.ok(without.length > 0);
    assert.ok(without.every(entry => !['create', 'update'].includes(entry.action.type)));
    const ok = await all(logs.list({ ...range, action_result: { not: ['success'] } }));
    assert.ok(ok.length > 0);
    assert.ok(ok.every(entry => entry.action.result === 'failure'));
    const elsewhere = await all(logs.list({ ...range, zone_id: { not: [zone.id] } }));
    assert.ok(elsewhere.every(entry => entry.zone?.id !== zone.id));
    const products = await all(logs.list({ ...range, product_category: ['zones', 'api_tokens'] }));
    assert.ok(products.length > 0);
    assert.ok(products.every(entry => ['zones', 'api_tokens'].includes(entry.resource.product)));
  });

  it('the history of a resource', async () => {
    const range = span();
    const entry = (await all(logs.list({ ...range, limit: 1000 })))
      .find(one => one.resource.id === rule.id);
    const past = await logs.history(entry.id, { ...range, action_time: entry.action.time,
      direction: 'asc' });
    assert.deepEqual(past.map(one => one.action.type), ['create', 'update', 'delete']);
    assert.deepEqual(past[0].resource.response, past[1].resource.request);
    const absent = 'f'.repeat(32);
    await refused(logs.history(absent, { ...range, action_time: entry.action.time }), 404, 7003);
  });

  it('what there can be', async () => {
    const categories = await all(logs.productCategories({ account_id }));
    assert.ok(categories.some(one => one.value === 'email_routing'));
    for (const one of categories) {
      fits(one, { label: isString, value: isString, products: 'array' });
    }
  });

  it('since and before are required', async () => {
    const { account_id: id, since, before } = span();
    for (const query of [{}, { since }, { before }]) {
      await refused(logs.list({ account_id: id, ...query }), 422, 2007);
    }
  });

  it('who may not read it does not', async () => {
    const [group] = await all(client.user.tokens.permissionGroups.list({ name: 'Zone Read' }));
    const made = await client.user.tokens.create({ name: 'no auditor', policies: [{
      effect: 'allow', permission_groups: [{ id: group.id }],
      resources: { [`com.cloudflare.api.account.${account_id}`]: '*' } }] });
    const user = clientWith({ apiToken: made.value });
    await refused(user.auditLogs.list({ account_id }), 403, 10000);
    await refused(user.accounts.logs.audit.list(span()), 403, 10000);
    await client.user.tokens.delete(made.id);
  });
});
