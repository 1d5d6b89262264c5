// The client alone, at a running system: `cargo xtask up` writes where that is; `cargo xtask test` names the file of its own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buy } from '../dist/example/buy.js';
import { Usher } from '../dist/src/index.js';

const file = process.env.USHER_UP ?? fileURLToPath(new URL('../../../target/devstack/up.json', import.meta.url));
const up = JSON.parse(readFileSync(file, 'utf8'));

test('a program searches, queues, reserves and pays by the client alone', { timeout: 120_000 }, async () => {
  const order = await buy(up.gate, 'paper weathervanes', `client-${Date.now()}@example.com`);
  assert.equal(order.eventId, up.events.club);
  assert.ok(['paid', 'fulfilled'].includes(order.state), order.state);
  assert.equal(order.tickets.length, 1);
});

test('the document that the gate serves is the one that the client is made of', async () => {
  const answer = await fetch(`${up.gate}/openapi.json`);
  assert.equal(answer.status, 200);
  const served = await answer.json();
  const written = JSON.parse(readFileSync(new URL('../../../docs/openapi/usher.json', import.meta.url), 'utf8'));
  assert.deepEqual(served, written);
  assert.equal(typeof (await new Usher({ gate: up.gate }).call('GET /openapi.json')).paths, 'object');
});
