// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account_id, all, client, clientWith, fits, ID, isString, newZone, refused, TIME,
  TOKEN } from './place.mjs';

const groups = await all(client.user.tokens.permissionGroups.list());
const group = name => ({ id: groups.find(one => one.name === name).id });
const ofAccount = { [`com.cloudflare.api.account.${account_id}`]: '*' };
const policy = (resources, ...names) =>
  ({ effect: 'allow', permission_groups: names.map(group), resources });

/** The two families of methods, with the account where it is wanted. */
const families = {
  user: {
    create: body => client.user.tokens.create(body),
    get: id => client.user.tokens.get(id),
    list: query => client.user.tokens.list(query),
    update: (id, body) => client.user.tokens.update(id, body),
    delete: id => client.user.tokens.delete(id),
    roll: id => client.user.tokens.value.update(id, { body: {} }),
    verify: who => who.user.tokens.verify(),
  },
  account: {
    create: body => client.accounts.tokens.create({ account_id, ...body }),
    get: id => client.accounts.tokens.get(id, { account_id }),
    list: query => client.accounts.tokens.list({ account_id, ...query }),
    update: (id, body) => client.accounts.tokens.update(id, { account_id, ...body }),
    delete: id => client.accounts.tokens.delete(id, { account_id }),
    roll: id => client.accounts.tokens.value.update(id, { account_id, body: {} }),
    verify: who => who.accounts.tokens.verify({ account_id }),
  },
};

for (const [name, tokens] of Object.entries(families)) {
  describe(`tokens of the ${name}`, () => {
    it('a token is made, used, changed, renewed and removed', async () => {
      const sent = { name: `life of the ${name}'s`,
        policies: [policy(ofAccount, 'Zone Read', 'Email Routing Rules Write')] };
      const made = await tokens.create(sent);
      fits(made, { id: ID, name: sent.name, status: 'active', value: TOKEN, issued_on: TIME,
        modified_on: TIME });
      assert.equal(made.policies.length, 1);
      fits(made.policies[0], { id: ID, effect: 'allow', resources: ofAccount });
      assert.deepEqual(made.policies[0].permission_groups.map(one => one.name),
        ['Zone Read', 'Email Routing Rules Write']);
      for (const absent of ['not_before', 'expires_on', 'condition']) {
        assert.equal(absent in made, false, absent);
      }

      // Its text is shown here and never again.
      const { value, ...shown } = made;
      assert.deepEqual(await tokens.get(made.id), shown);
      assert.ok((await all(tokens.list())).every(one => !('value' in one)));

      const user = clientWith({ apiToken: value });
      fits(await tokens.verify(user), { id: made.id, status: 'active' });
      await all(user.zones.list());
      await refused(user.emailRouting.addresses.list({ account_id }), 403, 10000);

      const expires_on = '2031-02-03T04:05:06Z';
      const condition = { request_ip: { in: ['127.0.0.0/8', '2001:db8::/32'],
        not_in: ['127.0.0.77'] } };
      const changed = await tokens.update(made.id, { ...sent, name: 'changed', expires_on,
        not_before: '2020-01-01T00:00:00Z', condition, status: 'active' });
      fits(changed, { id: made.id, name: 'changed', condition, status: 'active' });
      assert.equal(Date.parse(changed.expires_on), Date.parse(expires_on));
      assert.equal('value' in changed, false);
      assert.deepEqual(await tokens.get(made.id), changed);
      fits(await tokens.verify(user), { id: made.id, status: 'active', expires_on: TIME,
        not_before: TIME });
      // What is left out is taken away.
      const bare = await tokens.update(made.id, sent);
      assert.equal('condition' in bare, false);
      assert.equal('expires_on' in bare, false);

      const text = await tokens.roll(made.id);
      assert.match(text, TOKEN);
      assert.notEqual(text, value);
      await refused(tokens.verify(user), 401, 1000);
      const renewed = clientWith({ apiToken: text });
      fits(await tokens.verify(renewed), { id: made.id, status: 'active' });

      await tokens.update(made.id, { ...sent, status: 'disabled' });
      await refused(tokens.verify(renewed), 401, 1000);
      assert.equal((await tokens.get(made.id)).status, 'disabled');

      assert.deepEqual(await tokens.delete(made.id), { id: made.id });
      await refused(tokens.get(made.id), 404, 7003);
    });

    it('twenty-five tokens come in pages that end', async () => {
      const before = (await all(tokens.list())).length;
      const made = [];
      for (let i = 0; i < 25; ++i) {
        made.push((await tokens.create({ name: `many ${i}`,
          policies: [policy(ofAccount, 'Zone Read')] })).id);
      }
      const found = (await all(tokens.list({ per_page: 10 }))).map(one => one.id);
      assert.equal(found.length, before + 25);
      assert.ok(made.every(id => found.includes(id)));
      const falling = (await all(tokens.list({ direction: 'desc' }))).map(one => one.id);
      assert.deepEqual(falling.reverse(), found);
      for (const id of made) await tokens.delete(id);
    });

    it('what a token cannot be is refused', async () => {
      const good = policy(ofAccount, 'Zone Read');
      const cases = [
        { policies: [good] },
        { name: 'x' },
        { name: 'x', policies: [] },
        { name: 'x', policies: [{ ...good, effect: 'perhaps' }] },
        { name: 'x', policies: [{ ...good, permission_groups: [] }] },
        { name: 'x', policies: [{ ...good, permission_groups: [{ id: 'f'.repeat(32) }] }] },
        { name: 'x', policies: [{ ...good, resources: {} }] },
        { name: 'x', policies: [{ ...good, resources: { elsewhere: '*' } }] },
        { name: 'x', policies: [good], expires_on: 'tomorrow' },
        { name: 'x', policies: [good], condition: { request_ip: { in: ['everywhere'] } } },
      ];
      for (const body of cases) {
        await refused(tokens.create(body), 422, 2007);
      }
    });
  });
}

describe('what tokens can be given', () => {
  it('the groups are listed, by name and by scope', async () => {
    for (const one of groups) {
      fits(one, { id: ID, name: isString, scopes: 'array' });
      assert.ok(one.scopes.length > 0 && one.scopes.every(isString));
    }
    const tokens = client.accounts.tokens;
    assert.deepEqual(await all(tokens.permissionGroups.list({ account_id })), groups);
    assert.deepEqual(await tokens.permissionGroups.get({ account_id }), groups);
    const named = await all(tokens.permissionGroups.list({ account_id, name: 'Zone Read' }));
    assert.deepEqual(named.map(one => one.name), ['Zone Read']);
    const scope = 'com.cloudflare.api.account.zone';
    const scoped = await all(client.user.tokens.permissionGroups.list({ scope }));
    assert.ok(scoped.length > 0);
    assert.ok(scoped.every(one => one.scopes.includes(scope)));
  });

  it('a token of one zone sees nothing of another', async () => {
    const zones = [await newZone(), await newZone()];
    const made = await client.user.tokens.create({ name: 'one zone', policies: [policy(
      { [`com.cloudflare.api.account.zone.${zones[0].id}`]: '*' },
      'Zone Read', 'Zone Settings Write', 'Email Routing Rules Write')] });
    const user = clientWith({ apiToken: made.value });
    assert.deepEqual((await all(user.zones.list())).map(zone => zone.id), [zones[0].id]);
    const zone_id = zones[0].id;
    await user.emailRouting.get({ zone_id });
    await user.emailRouting.rules.create({ zone_id, actions: [{ type: 'drop' }],
      matchers: [{ type: 'literal', field: 'to', value: `a@${zones[0].name}` }] });
    for (const work of [() => user.zones.get({ zone_id: zones[1].id }),
      () => user.emailRouting.get({ zone_id: zones[1].id }),
      () => user.emailRouting.rules.list({ zone_id: zones[1].id }),
      () => user.emailRouting.enable({ zone_id: zones[1].id })]) {
      await refused(work(), 404, 7003);
    }
    await refused(user.zones.delete({ zone_id }), 403, 10000);
    await refused(user.user.tokens.list(), 403, 10000);
    await client.user.tokens.delete(made.id);
  });

  it('an account\'s token is no user\'s: the SDK is told to ask at the account', async () => {
    const made = await client.accounts.tokens.create({ account_id, name: 'the account\'s',
      policies: [policy(ofAccount, 'Zone Read')] });
    const owned = clientWith({ apiToken: made.value });
    await refused(owned.user.tokens.verify(), 401, 1000);
    assert.equal((await owned.accounts.tokens.verify({ account_id })).id, made.id);
    await refused(owned.user.get(), 403, 9109);
    await client.accounts.tokens.delete(made.id, { account_id });
  });

  it('nobody gives more than he has', async () => {
    const small = await client.user.tokens.create({ name: 'small', policies: [
      policy({ 'com.cloudflare.api.user.*': '*' }, 'API Tokens Write'),
      policy(ofAccount, 'Zone Read')] });
    const user = clientWith({ apiToken: small.value });
    const body = { name: 'larger', policies: [policy(ofAccount, 'Zone Write')] };
    const error = await refused(user.user.tokens.create(body), 403, 9109);
    assert.equal(error.errors[0].error_chain[0].code, 9111);
    const like = await user.user.tokens.create({ name: 'like',
      policies: [policy(ofAccount, 'Zone Read')] });
    await client.user.tokens.delete(like.id);
    await client.user.tokens.delete(small.id);
  });
});
