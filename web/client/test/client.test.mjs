// The client against a gate that is played: what it makes again, and what it never does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Jar, NoAnswer, Refused, Usher } from '../dist/src/index.js';

const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const problem = (kind, status, headers = {}) =>
  json({ type: `/problems/${kind}`, title: 'No.', status }, status, { 'content-type': 'application/problem+json', ...headers });

/** A client at a gate that answers these, one after the other; what was asked, and how long was waited. */
function played(...answers) {
  const asked = [];
  const waited = [];
  const fetch = async (url, init) => {
    asked.push({ url, method: init.method, body: init.body, headers: Object.fromEntries(init.headers) });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const wait = async (milliseconds) => void waited.push(milliseconds);
  return { usher: new Usher({ gate: 'http://gate', fetch, wait, jar: new Jar() }), asked, waited, left: () => answers.length };
}

test('a read is made again when the gate says', async () => {
  const { usher, asked, waited } = played(problem('overloaded', 503, { 'retry-after': '2' }), json({ orders: [] }));
  assert.deepEqual(await usher.call('GET /order'), { orders: [] });
  assert.equal(asked.length, 2);
  assert.ok(waited[0] >= 2000 && waited[0] < 3000, `${waited}`);
});

test('a reservation that nobody answered is made again under the same key', async () => {
  const { usher, asked } = played(new TypeError('broken off'), json({ holdId: 'h' }, 201));
  const { holdId } = await usher.call('POST /booking/reserve', { body: { ticketId: 't' } });
  assert.equal(holdId, 'h');
  const [first, second] = asked.map(({ headers }) => headers['idempotency-key']);
  assert.match(first, /^[0-9a-f-]{36}$/);
  assert.equal(first, second);
  assert.equal(asked[1].body, '{"ticketId":"t"}');
});

test('a key that is given is kept, and two calls have two keys', async () => {
  const { usher, asked } = played(json({}, 201), json({}, 201), json({}, 201));
  await usher.call('POST /booking/reserve', { body: { ticketId: 't' }, header: { 'Idempotency-Key': 'mine' } });
  await usher.call('POST /booking/reserve', { body: { ticketId: 't' } });
  await usher.call('POST /booking/reserve', { body: { ticketId: 't' } });
  const keys = asked.map(({ headers }) => headers['idempotency-key']);
  assert.equal(keys[0], 'mine');
  assert.equal(new Set(keys).size, 3);
});

test('what is not safe to make again is made once, whatever the gate says', async () => {
  for (const answer of [problem('unavailable', 503, { 'retry-after': '1' }), new TypeError('broken off'), problem('late-answer', 504)]) {
    const { usher, asked } = played(answer, json({}, 201));
    await assert.rejects(usher.call('POST /account/guest', { body: { email: 'a@b.example' } }));
    assert.equal(asked.length, 1);
    assert.equal(asked[0].headers['idempotency-key'], undefined);
  }
});

test('a refusal is an error with its kind, and is not asked again', async () => {
  const refused = { type: '/problems/seats-taken', title: 'Taken.', status: 409, conflicts: ['t'] };
  const { usher, asked } = played(json(refused, 409, { 'content-type': 'application/problem+json' }));
  await assert.rejects(usher.call('POST /booking/reserve', { body: { ticketId: 't' } }), (error) => {
    assert.ok(error instanceof Refused);
    assert.equal(error.kind, 'seats-taken');
    assert.equal(error.status, 409);
    assert.deepEqual(error.problem.conflicts, ['t']);
    return true;
  });
  assert.equal(asked.length, 1);
});

test('who must queue is told so at once', async () => {
  const { usher, asked } = played(problem('queue-required', 429, { 'retry-after': '1' }));
  await assert.rejects(usher.call('GET /event/{eventId}/seats', { path: { eventId: 'e' } }), { kind: 'queue-required', retryAfter: 1 });
  assert.equal(asked.length, 1);
});

test('nobody waits for longer than their patience, nor for ever', async () => {
  const patient = played(problem('too-many-requests', 429, { 'retry-after': '3600' }));
  await assert.rejects(patient.usher.call('GET /order'), { kind: 'too-many-requests', retryAfter: 3600 });
  assert.deepEqual(patient.waited, []);
  const broken = played(...Array.from({ length: 9 }, () => new TypeError('broken off')));
  await assert.rejects(broken.usher.call('GET /order'), NoAnswer);
  assert.equal(broken.asked.length, 4);
  const [first, second, third] = broken.waited;
  assert.ok(first >= 200 && first < 300 && second >= 400 && second < 600 && third >= 800 && third < 1200, `${broken.waited}`);
});

test('what is no problem of a gate is no refusal', async () => {
  const { usher } = played(new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }));
  await assert.rejects(usher.call('GET /order'), NoAnswer);
});

test('parts go where they belong, and cookies come back', async () => {
  const set = [['set-cookie', 'a=1; Path=/; Secure'], ['set-cookie', 'b=2'], ['content-type', 'application/json']];
  const gone = [['set-cookie', 'b=; Max-Age=0'], ['content-type', 'application/json']];
  const { usher, asked } = played(new Response('{}', { headers: set }), new Response('{}', { headers: gone }), json({}));
  usher.token = 'secret';
  await usher.call('GET /search', { query: { token: 'a b&c', limit: 3 } });
  await usher.call('GET /order/{orderId}', { path: { orderId: 'x/../y?' } });
  await usher.call('GET /order');
  assert.equal(asked[0].url, 'http://gate/search?token=a+b%26c&limit=3');
  assert.equal(asked[0].headers.authorization, 'Bearer secret');
  assert.equal(asked[1].url, 'http://gate/order/x%2F..%2Fy%3F');
  assert.equal(asked[1].headers.cookie, 'a=1; b=2');
  assert.equal(asked[2].headers.cookie, 'a=1');
});
