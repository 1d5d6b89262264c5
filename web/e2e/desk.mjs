// Whoever sits at the console, and what they need to sit there for.
import { execFileSync } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, part, until, up, visitor } from './system.mjs';

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

/** A window of the console in which somebody is signed in. Scripts that fail, and what the policy forbids, are faults. */
export async function desk(browser, at, who = up.organizer, options = {}) {
  const page = await visitor(browser, options);
  page.on('console', (said) => { if (/Content Security Policy|Refused to/.test(said.text())) page.faults.push(said.text()); });
  await page.goto(up.gate + at);
  await part(page, 'email').fill(who.email);
  await part(page, 'password').fill(who.password);
  await part(page, 'sign-in').click();
  return page;
}

/** An event with two tiers, and its line; paused where it is open. */
export async function sale(token, title, more = {}) {
  const venue = await ask('POST', '/venue', {
    name: 'The Kiln', city: 'Leipzig', country: 'DE', latitude: 51.3, longitude: 12.4, timeZone: 'Europe/Berlin',
  }, token);
  const { eventId } = await ask('POST', '/event', {
    venueId: venue.venueId, performerIds: [], title, description: 'Warm.', category: 'concert', currency: 'EUR', ticketLimit: 4,
    startsAt: day(9), salesStart: day(-1), salesEnd: day(8),
    tiers: [{ name: 'Floor', price: 2000, generalAdmission: true, quantity: 400 }, { name: 'Balcony', price: 3500, generalAdmission: true, quantity: 100 }],
  }, token);
  const { roomId } = await ask('POST', '/room', { eventId, name: title, admitPerMinute: 60, maxActive: 80, state: 'open', ...more }, token);
  if (!more.state) await ask('POST', `/room/${roomId}/pause`, { reason: 'Before we begin.' }, token);
  return { eventId, roomId };
}

/** A place in the line of a room, which each gate knows within a second. */
const place = (roomId) => until('a place', () => ask('POST', `/queue/${roomId}/place`, {}).catch((error) => {
  if (!/unknown-room/.test(error.message)) throw error;
}));

/** So many fans stand in the line of a room. */
export async function wait(roomId, fans) {
  for (let left = fans; left > 0; left -= 20) {
    await Promise.all(Array.from({ length: Math.min(20, left) }, () => place(roomId)));
  }
}

/** Somebody with an account. */
export async function account(name) {
  const who = { email: `${name}-${Date.now()}@example.com`, password: `A long password of ${name}` };
  return { ...who, ...(await ask('POST', '/account/register', who)) };
}

/** One more organizer, as the operator makes one. */
export async function organizerToo(name) {
  const bins = ['debug', 'release'].map((profile) => fileURLToPath(new URL(`../../target/${profile}/booking-api`, import.meta.url)));
  const bin = process.env.USHER_BOOKING_API ?? bins.find(existsSync);
  const who = { email: `${name}-${Date.now()}@example.com`, password: `A long password of ${name}` };
  const folder = mkdtempSync(path.join(tmpdir(), 'usher-e2e-'));
  try {
    const file = path.join(folder, 'password');
    writeFileSync(file, who.password);
    execFileSync(bin, ['organizer', '--email', who.email, '--password-file', file], { env: { ...process.env, USHER_POSTGRES_URL: up.postgres } });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { ...who, ...(await ask('POST', '/account/sign-in', who)) };
}

/** Takes webhooks, and answers each as it is told to. */
export async function receiver() {
  const got = [];
  const told = { status: 204 };
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (piece) => { body += piece; });
    request.on('end', () => {
      got.push({ id: request.headers['webhook-id'], at: request.headers['webhook-timestamp'], signature: request.headers['webhook-signature'], body });
      answer.writeHead(told.status).end();
    });
  });
  await new Promise((then) => server.listen(0, '127.0.0.1', then));
  return { got, told, url: `http://127.0.0.1:${server.address().port}/usher`, close: () => server.close() };
}

/** Whether what came is signed under this secret. */
export function isSigned({ id, at, signature, body }, secret) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const right = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest();
  return signature.split(' ').some((one) => {
    const said = Buffer.from(one.replace(/^v1,/, ''), 'base64');
    return said.length === right.length && timingSafeEqual(said, right);
  });
}
