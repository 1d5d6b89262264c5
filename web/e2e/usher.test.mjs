// Walks through the pages as people do. One file, so that one after the other steers the two rooms of the demo.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, letter, organizer, part, pay, picture, until, up, visitor } from './system.mjs';

let browser;
let steering;
before(async () => {
  browser = await launch();
  steering = await organizer();
});
after(() => browser?.close());

const place = async (page) => Number((await part(page, 'position').textContent()).replaceAll(',', ''));
const state = (page) => part(page, 'state').getAttribute('data-state');

/** Waits for the turn and goes in. */
async function enter(page, event) {
  await part(page, 'claim').waitFor();
  await part(page, 'claim').click();
  await page.waitForURL(`**/e/${event}`);
  await page.locator('[data-test=reserve], [data-test=hall]').first().waitFor();
}

test('a fan searches, waits, goes in, buys, and gets the tickets by mail', async () => {
  const { events: { club }, rooms } = up;
  const page = await visitor(browser);
  await steering.pause(rooms.club, 'A short check before we begin.');

  await page.goto(up.gate);
  await part(page, 'search-text').waitFor();
  await picture(page, '1-home');
  // What was just announced is found within a second; the demo may be that fresh.
  const found = await until('the club is found', async () => {
    await page.goto(`${up.gate}/`);
    await part(page, 'search-text').fill('paper weathervanes');
    await part(page, 'search-go').click();
    await page.waitForURL('**/search?**');
    const link = part(page, 'result').locator(`a[href*="${club}"]`).first();
    return (await link.count()) > 0 && link;
  });
  await picture(page, '2-search');
  await found.click();

  await part(page, 'position').waitFor();
  await until('the page says that the line is paused', async () => (await state(page)) === 'paused');
  const first = await place(page);
  assert.ok(first >= 1, `position ${first}`);
  await picture(page, '3-queue');
  await page.reload();
  await part(page, 'position').waitFor();
  assert.equal(await place(page), first, 'a reload keeps the place');

  await steering.resume(rooms.club);
  await part(page, 'claim').waitFor();
  await picture(page, '4-turn');
  await enter(page, club);
  await picture(page, '5-event');
  await part(page, 'quantity').first().selectOption('2');
  const email = `fan-${Date.now()}@example.com`;
  await part(page, 'reserve').click();
  await page.waitForURL('**/checkout/*');
  await picture(page, '6-checkout');
  assert.equal(await part(page, 'ticket').count(), 2);
  await pay(page, email);
  assert.equal(await part(page, 'qr').count(), 2);
  await picture(page, '7-order');
  assert.deepEqual(page.faults, []);

  const mail = await visitor(browser);
  const inside = await letter(mail, email);
  await inside.getByText('Paper Weathervanes').first().waitFor();
  assert.ok((await inside.locator('img').count()) >= 2, 'a code for each ticket');
  await picture(mail, '8-mail');
});

test('a fan chooses two seats of the arena, and they are gone for everybody else', async () => {
  const { events: { arena } } = up;
  const page = await visitor(browser);
  await page.goto(`${up.gate}/e/${arena}`);
  await enter(page, arena);
  await part(page, 'show-list').click();
  assert.equal(await part(page, 'section').count(), 40);
  await part(page, 'section').first().click();
  const free = page.locator('[data-test=seat][data-state=free]');
  await free.nth(0).click();
  await free.nth(0).click();
  await page.locator('[data-test=held] li').nth(1).waitFor();
  await picture(page, '9-seats');
  await part(page, 'reserve').click();
  await page.waitForURL('**/checkout/*');
  assert.equal(await part(page, 'ticket').count(), 2);
  const places = await part(page, 'ticket').allTextContents();
  assert.notEqual(places[0], places[1]);
  await pay(page);
  assert.deepEqual(page.faults, []);
});

test('an organizer changes the rate and tells the line; log and fans see it', async () => {
  const room = up.rooms.arena;
  await steering.pause(room, 'We change the rate.');
  const fan = await visitor(browser);
  await fan.goto(`${up.gate}/e/${up.events.arena}`);
  await part(fan, 'position').waitFor();

  const console_ = await visitor(browser);
  await console_.goto(`${up.gate}/console`);
  await part(console_, 'email').fill(up.organizer.email);
  await part(console_, 'password').fill(up.organizer.password);
  await part(console_, 'sign-in').click();
  await part(console_, 'rooms').locator(`a[href*="${room}"]`).click();
  await part(console_, 'rate').waitFor();
  await until('the line is counted', async () => Number(await part(console_, 'waiting').textContent()) >= 1);
  const rate = 100 + Math.floor(Math.random() * 100);
  const before = (await steering.room(room)).version;
  await part(console_, 'rate').fill(String(rate));
  await part(console_, 'message').fill(`We let in ${rate} a minute now.`);
  await part(console_, 'save').click();

  await until('the console shows the rate', async () => (await part(console_, 'target').textContent()) === String(rate));
  await until('the log shows it', async () => (await part(console_, 'log').textContent()).includes(String(rate)));
  await until('the fan reads it', async () => (await part(fan, 'message').textContent()).includes(`${rate} a minute`));
  const now = await steering.room(room);
  assert.equal(now.admitPerMinute, rate);
  assert.ok(now.version > before, 'a change has a version of its own');
  await picture(console_, '10-console');
  await picture(fan, '11-queue-with-message');

  await part(console_, 'resume').click();
  await until('the room is open again', async () => (await steering.room(room)).state === 'open');
  await part(fan, 'claim').waitFor();
  assert.deepEqual([...fan.faults, ...console_.faults], []);
});

test('check 10: without JavaScript one waits, enters, chooses and pays', async () => {
  const { events: { arena }, rooms } = up;
  await steering.pause(rooms.arena, 'Once more.');
  const page = await visitor(browser, { javaScriptEnabled: false });
  await page.goto(`${up.gate}/e/${arena}`);
  const first = await place(page);
  assert.ok(first >= 1, `position ${first}`);
  assert.match(await page.content(), /http-equiv="refresh"/, 'it reloads itself');
  await picture(page, '12-without-scripts');
  await page.reload();
  assert.equal(await place(page), first, 'the place is kept');
  await steering.resume(rooms.arena);
  await until('the turn', async () => {
    await page.reload();
    return (await part(page, 'claim').isVisible());
  });
  await part(page, 'claim').click();
  await page.waitForURL(`**/e/${arena}`);
  await page.locator('table.tiers').waitFor();
  // Check 10: the whole purchase.
  await part(page, 'quantity').selectOption('2');
  await part(page, 'what').selectOption({ index: 1 });
  await picture(page, '13-form-without-scripts');
  await part(page, 'best').click();
  await page.waitForURL('**/checkout/*');
  assert.equal(await part(page, 'ticket').count(), 2);
  await part(page, 'voucher').fill('NO-SUCH-CODE');
  await part(page, 'apply').click();
  assert.match(await part(page, 'problem').textContent(), /no such voucher/);
  await part(page, 'email').fill(`quiet-${Date.now()}@example.com`);
  await picture(page, '14-checkout-without-scripts');
  await part(page, 'pay').click();
  await page.waitForURL('**/order/*');
  await until('the order is paid', async () => {
    await page.reload();
    return (await part(page, 'order-state').textContent()) === 'paid';
  });
  assert.equal(await part(page, 'qr').count(), 2);
  await part(page, 'ticket-page').first().click();
  await part(page, 'place').waitFor();
  await picture(page, '15-ticket-without-scripts');
});
