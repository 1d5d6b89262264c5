// The time that a hold has, in the checkout; and the ticket that comes of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hall, room } from './halls.mjs';
import { launch, part, pay, picture, until, up, visitor } from './system.mjs';

let browser;
let event;
before(async () => {
  browser = await launch();
  event = await hall('Evening with Time', room());
});
after(() => browser?.close());

/** Somebody in the checkout with one seat, whose clock can be set on. */
async function buyer() {
  const page = await visitor(browser);
  await page.addInitScript(() => {
    const now = Date.now;
    window.passed = 0;
    Date.now = () => now() + window.passed;
  });
  await page.goto(`${up.gate}/e/${event}`);
  await part(page, 'quantity').selectOption('1');
  // As where there is no script: the form itself leads to the checkout.
  await page.evaluate(() => document.querySelector('#choose').submit());
  await page.waitForURL('**/checkout/*');
  return page;
}

const left = async (page) => {
  const [minutes, seconds] = (await part(page, 'countdown').textContent()).split(':').map(Number);
  return minutes * 60 + seconds;
};

/** Lets time pass until so many seconds are left. */
async function pass(page, seconds) {
  const by = (await left(page)) - seconds;
  await page.evaluate((more) => { window.passed += more * 1000; }, by);
  await until(`${seconds} s are left`, async () => Math.abs((await left(page)) - seconds) <= 3);
}

/**
 * Asks for more time, and waits until the page has heard of it: what passes before would be counted from another end.
 * The page's clock is not set back: with the answer it takes the server's in its place.
 */
async function extend(page) {
  const said = page.locator('#time-said');
  await said.evaluate((status) => { status.textContent = ''; });
  await part(page, 'extend').click();
  await until('more time is told', async () => /^You have/.test(await said.textContent()));
  await until('there is time again', async () => (await left(page)) > 500);
}

test('check 18: the end is told twenty seconds before it, more time is given ten times, and then it is said that there is none', async () => {
  const page = await buyer();
  assert.equal(await part(page, 'extend').isVisible(), false, 'there is time enough');
  await pass(page, 300);
  await until('it is said', async () => /5 minutes/.test(await page.locator('#time-said').textContent()));
  await pass(page, 59);
  await until('an alert a minute before', async () => /1 minute|seconds/.test(await page.locator('#time-alert').textContent()));
  await pass(page, 28);
  await until('and half a minute before', async () => /30 seconds/.test(await page.locator('#time-alert').textContent()));
  assert.ok((await left(page)) >= 20, 'there is time to press a button');
  await picture(page, '62-time-is-short');
  for (let i = 0; i < 10; i += 1) {
    await extend(page);
    assert.equal(await part(page, 'longest').isVisible(), false);
    if (i < 9) await pass(page, 100);
  }
  // When the hold lasts as long as any may, no more is offered, and the page says so.
  await page.route('**/booking/hold/*/extend', async (route) => {
    const answer = await route.fetch();
    const hold = await answer.json();
    await route.fulfill({ response: answer, json: { ...hold, longestUntil: hold.expiresAt } });
  });
  await pass(page, 100);
  await extend(page);
  await pass(page, 100);
  await part(page, 'longest').waitFor();
  assert.equal(await part(page, 'extend').isVisible(), false);
  await part(page, 'release').click();
  await page.waitForURL('**/e/*');
  assert.deepEqual(page.faults, []);
});

test('check 37: a ticket is on one sheet, goes into a calendar, and is one page of paper', async () => {
  const page = await buyer();
  await pay(page);
  const order = new URL(page.url()).pathname;
  await page.goto(`${up.gate}/order`);
  await picture(page, '63-mine');
  const held = await page.evaluate(() => fetch('/ticket').then((answer) => answer.json()));
  assert.equal(held.tickets.length, 1);
  const [ticket] = held.tickets;
  await part(page, 'my-ticket').click();
  await part(page, 'qr').waitFor();
  await picture(page, '64-ticket');
  assert.equal(await part(page, 'place').textContent(), ticket.place);
  const pages = (bytes) => bytes.toString('latin1').match(/\/Type\s*\/Page[^s]/g)?.length;
  assert.equal(pages(await page.pdf({ format: 'A4' })), 1, 'what the browser prints');
  const read = async (name) => {
    const answer = await page.request.get(`${up.gate}/ticket/${ticket.ticketId}/${name}`);
    assert.equal(answer.status(), 200);
    return { kind: answer.headers()['content-type'], body: await answer.body() };
  };
  const sheet = await read('ticket.pdf');
  assert.equal(sheet.kind, 'application/pdf');
  assert.equal(sheet.body.subarray(0, 5).toString(), '%PDF-');
  const date = await read('event.ics');
  assert.match(date.kind, /^text\/calendar/);
  // RFC 5545: lines end with CR LF, and one that begins with a space goes on.
  const text = date.body.toString();
  assert.ok(text.endsWith('END:VCALENDAR\r\n') && !/[^\r]\n/.test(text));
  const lines = text.replace(/\r\n[ \t]/g, '').trimEnd().split('\r\n');
  const field = (name) => lines.filter((line) => line.split(/[;:]/)[0] === name).map((line) => line.slice(line.indexOf(':') + 1));
  assert.deepEqual(field('SUMMARY'), ['Evening with Time']);
  assert.equal(field('UID').length, 1);
  const starts = field('DTSTART').at(-1);
  const local = new Date(ticket.startsAt).toLocaleString('sv', { timeZone: 'Europe/Berlin' }).replace(/[-:]/g, '').replace(' ', 'T');
  assert.equal(starts, local);
  assert.equal((await page.request.get(`${up.gate}${order}`)).status(), 200);
  assert.deepEqual(page.faults, []);
});
