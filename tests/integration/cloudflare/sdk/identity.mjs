// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account_id, all, client, fits, ID, isBoolean, isString, refused, TIME } from './place.mjs';

describe('user, accounts, memberships', () => {
  it('the user is the one of the token', async () => {
    fits(await client.user.get(), { id: ID, email: isString, suspended: false, betas: 'array',
      two_factor_authentication_enabled: isBoolean, organizations: 'array' });
  });

  it('the accounts are listed and the pages end', async () => {
    const accounts = await all(client.accounts.list());
    assert.ok(accounts.some(account => account.id === account_id));
    for (const account of accounts) {
      fits(account, { id: ID, name: isString, type: 'standard', created_on: TIME });
      assert.equal(account.settings.enforce_twofactor, false);
    }
  });

  it('an account is made, read, renamed and removed', async () => {
    const made = await client.accounts.create({ name: 'another', type: 'standard' });
    fits(made, { id: ID, name: 'another', created_on: TIME });
    const read = await client.accounts.get({ account_id: made.id });
    assert.deepEqual(read, made);
    const renamed = await client.accounts.update({
      account_id: made.id, id: made.id, name: 'renamed', type: 'standard' });
    assert.deepEqual(renamed, { ...made, name: 'renamed' });
    const named = await all(client.accounts.list({ name: 'renamed' }));
    assert.deepEqual(named, [renamed]);
    assert.deepEqual(await client.accounts.delete({ account_id: made.id }), { id: made.id });
    await refused(client.accounts.get({ account_id: made.id }), 404, 7003);
  });

  it('accounts come in the order that is asked for', async () => {
    const made = [];
    for (const name of ['one', 'two', 'three']) {
      made.push((await client.accounts.create({ name, type: 'standard' })).id);
    }
    const rising = (await all(client.accounts.list({ direction: 'asc', per_page: 5 })));
    const falling = (await all(client.accounts.list({ direction: 'desc', per_page: 5 })));
    assert.equal(rising.length, 4);
    assert.deepEqual(falling.reverse(), rising);
    for (const id of made) await client.accounts.delete({ account_id: id });
  });

  it('the memberships are those accounts', async () => {
    const memberships = await all(client.memberships.list());
    const accounts = await all(client.accounts.list());
    assert.deepEqual(memberships.map(one => one.account.id), accounts.map(one => one.id));
    fits(memberships[0], { id: ID, status: 'accepted', roles: 'array' });
    assert.equal(memberships[0].permissions.zones.write, true);
    assert.deepEqual(await all(client.memberships.list({ status: 'pending' })), []);
    const name = accounts[0].name;
    const named = await all(client.memberships.list({ account: { name } }));
    assert.deepEqual(named.map(one => one.account.name), [name]);
  });
});
