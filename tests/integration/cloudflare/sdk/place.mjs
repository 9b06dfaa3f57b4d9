// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests share: clients, objects to try things with, and what answers must look like.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

// The packages are in the build directory, not beside this file.
const require = createRequire(path.join(process.env.SIGNPOST_NODE_MODULES, 'x.js'));
export const Cloudflare = require('cloudflare');

/** The base URL and the token are taken from the environment, as the SDK's users do. */
export const client = new Cloudflare();

export const account_id = (await client.accounts.list()).result[0].id;

/** A client with another token, or with other options. */
export function clientWith(options) {
  return new Cloudflare(options);
}

/** A client that notes its requests: {client, calls: [{method, path, query, body, headers}]}. */
export function watched(options = {}) {
  const calls = [];
  const watch = async (url, init) => {
    const where = new URL(url);
    calls.push({
      method: init.method.toUpperCase(),
      path: where.pathname.replace(/^\/client\/v4/, ''),
      query: where.search,
      body: init.body,
      headers: new Headers(init.headers),
    });
    return fetch(url, init);
  };
  return { client: new Cloudflare({ fetch: watch, ...options }), calls };
}

let names = 0;

/** A zone of its own for a test: routing is on. */
export async function newZone({ enabled = true } = {}) {
  names += 1;
  const zone = await client.zones.create({
    account: { id: account_id }, name: `zone${names}.example`, type: 'full' });
  if (enabled) await client.emailRouting.enable({ zone_id: zone.id });
  return zone;
}

/** A destination that mail may be forwarded to. */
export async function newDestination() {
  names += 1;
  const made = await client.emailRouting.addresses.create({
    account_id, email: `person${names}@dest.example` });
  return client.emailRouting.addresses.edit(made.id, { account_id, status: 'verified' });
}

export async function all(pages) {
  const found = [];
  for await (const one of pages) {
    found.push(one);
    assert.ok(found.length <= 5000, 'the pages do not end');
  }
  return found;
}

// ---- what objects look like --------------------------------------------------------------------

export const ID = /^[0-9a-f]{32}$/;
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
export const TOKEN = /^[0-9A-Za-z_-]{40,80}$/;

/** Every named member is there and fits: a RegExp, a type's name, a function, or the value. */
export function fits(object, members) {
  for (const [name, want] of Object.entries(members)) {
    const got = object[name];
    if (want instanceof RegExp) assert.match(String(got), want, name);
    else if (want === 'array') assert.ok(Array.isArray(got), `${name} is ${got}`);
    else if (typeof want === 'function') assert.ok(want(got), `${name} is ${JSON.stringify(got)}`);
    else assert.deepEqual(got, want, name);
  }
}

export const isBoolean = value => typeof value === 'boolean';
export const isString = value => typeof value === 'string';

/** The SDK's class of a status. */
const CLASSES = {
  400: Cloudflare.BadRequestError,
  401: Cloudflare.AuthenticationError,
  403: Cloudflare.PermissionDeniedError,
  404: Cloudflare.NotFoundError,
  405: Cloudflare.APIError,
  409: Cloudflare.ConflictError,
  422: Cloudflare.UnprocessableEntityError,
  429: Cloudflare.RateLimitError,
};

/** The error that `work` ends with: of the status's class, with the code of Cloudflare. */
export async function refused(work, status, code) {
  let caught;
  try {
    await work;
  } catch (error) {
    caught = error;
  }
  assert.ok(caught, `it succeeded; wanted ${status}`);
  assert.ok(caught instanceof CLASSES[status], `${caught.constructor.name}: ${caught.message}`);
  assert.equal(caught.status, status);
  assert.equal(caught.error.success, false);
  assert.equal(caught.error.result, null);
  assert.deepEqual(caught.error.messages, []);
  assert.equal(caught.errors[0].code, code, JSON.stringify(caught.errors));
  assert.ok(caught.errors[0].message.length > 0);
  return caught;
}
