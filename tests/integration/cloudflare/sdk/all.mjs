// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One after the other: each has prepared what it needs before its tests begin, and the last leaves
// the node deaf to bad tokens.
for (const part of ['identity', 'zones', 'settings', 'dns', 'rules', 'addresses', 'tokens', 'audit',
  'errors']) {
  await import(`./${part}.mjs`);
}
