// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account_id, client, clientWith, Cloudflare, newZone, refused, watched } from './place.mjs';

describe('errors', () => {
  it('a token that is none, or none any more', async () => {
    const { client: seen, calls } = watched({ apiToken: 'x'.repeat(48) });
    const error = await refused(seen.zones.list(), 401, 1000);
    assert.equal(error.errors[0].message, 'Invalid API Token');
    assert.equal(calls.length, 1);
  });

  it('an Authorization header that cannot be one', async () => {
    const error = await refused(clientWith({ apiToken: 'short' }).zones.list(), 400, 6003);
    assert.equal(error.errors[0].message, 'Invalid request headers');
    assert.deepEqual(error.errors[0].error_chain,
      [{ code: 6111, message: 'Invalid format for Authorization header' }]);
  });

  it('the key and the e-mail address of older clients: the key is a token', async () => {
    const old = clientWith({ apiToken: null, apiKey: process.env.CLOUDFLARE_API_TOKEN,
      apiEmail: 'somebody@client.example' });
    assert.equal((await old.accounts.get({ account_id })).id, account_id);
    await refused(clientWith({ apiToken: null, apiKey: 'y'.repeat(48),
      apiEmail: 'somebody@client.example' }).zones.list(), 401, 1000);
  });

  it('what is not there', async () => {
    const absent = 'f'.repeat(32);
    const error = await refused(client.zones.get({ zone_id: absent }), 404, 7003);
    assert.equal(error.errors[0].message, `Could not route to /client/v4/zones/${absent}, perhaps `
      + 'your object identifier is invalid?');
    await refused(client.accounts.get({ account_id: absent }), 404, 7003);
    await refused(client.get('/no/such/path'), 404, 7000);
  });

  it('a conflict is not tried again', async () => {
    const zone = await newZone();
    const { client: seen, calls } = watched();
    const body = { zone_id: zone.id, actions: [{ type: 'drop' }],
      matchers: [{ type: 'literal', field: 'to', value: `twice@${zone.name}` }] };
    await seen.emailRouting.rules.create(body);
    const error = await refused(seen.emailRouting.rules.create(body), 409, 2014);
    assert.equal(error.headers.get('x-should-retry'), 'false');
    assert.equal(calls.length, 2);
    const again = { account: { id: account_id }, name: zone.name, type: 'full' };
    await refused(seen.zones.create(again), 409, 9409);
    assert.equal(calls.length, 3);
  });

  it('a body that is not JSON, and one that is no object', async () => {
    for (const body of ['{', '[]', '"text"', '[[[[']) {
      const headers = { 'Content-Type': 'application/json' };
      await refused(client.post('/zones', { body, headers }), 400, 9400);
    }
  });

  it('a method that a path has not', async () => {
    const error = await client.put('/zones').then(() => assert.fail('it succeeded'), e => e);
    assert.ok(error instanceof Cloudflare.APIError);
    assert.equal(error.status, 405);
    assert.equal(error.errors[0].code, 9405);
  });

  it('every answer is JSON, and none may be kept', async () => {
    const { response } = await client.zones.list().withResponse();
    assert.match(response.headers.get('content-type'), /^application\/json/);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const raw = await client.zones.list().asResponse();
    const body = await raw.json();
    assert.deepEqual(Object.keys(body).sort(),
      ['errors', 'messages', 'result', 'result_info', 'success']);
  });

  // The last: nobody at this address is heard without a good token for the rest of the minute.
  it('who guesses tokens is slowed down, and told for how long', async () => {
    const guesser = clientWith({ apiToken: 'z'.repeat(48), maxRetries: 0 });
    let error;
    for (let i = 0; i < 130; ++i) {
      error = await guesser.user.get().catch(e => e);
      if (error.status !== 401) break;
    }
    assert.ok(error instanceof Cloudflare.RateLimitError, error.message);
    assert.equal(error.errors[0].code, 9429);
    const seconds = Number(error.headers.get('retry-after'));
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, String(seconds));
    assert.equal((await client.accounts.get({ account_id })).id, account_id);
  });
});
