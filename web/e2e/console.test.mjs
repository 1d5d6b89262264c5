// The organizer's console against the real system. The numbers are those of the list of checks that pages are accepted by.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { account, desk, isSigned, organizerToo, receiver, sale, wait } from './desk.mjs';
import { ask, launch, part, picture, until, up } from './system.mjs';

let browser;
let token;
before(async () => {
  browser = await launch();
  ({ token } = await ask('POST', '/account/sign-in', up.organizer));
});
after(() => browser?.close());

const room = (id) => ask('GET', `/room/${id}`, undefined, token);
const text = (page, name) => part(page, name).first().textContent();
const value = async (page, name) => Number(await part(page, name).getAttribute('data-value'));

test('check 31: a rate that is changed elsewhere shows within two seconds, with who did it, and is taken back', async () => {
  const { roomId } = await sale(token, 'Console: the rate');
  const page = await desk(browser, `/console/room/${roomId}`);
  await until('the numbers come', async () => (await text(page, 'connection')).startsWith('live'));
  assert.equal(await text(page, 'target'), '60');
  await page.locator('[data-test=plot-line] canvas').waitFor();
  for (const rate of [240, 90, 375]) {
    const { version, admitPerMinute: before } = await room(roomId);
    const told = page.waitForFunction(
      (wanted) => document.querySelector('[data-test=target]').textContent === wanted && document.querySelector('[data-test=rate]').value === wanted,
      String(rate), { polling: 20 },
    );
    await ask('PUT', `/room/${roomId}`, { version, admitPerMinute: rate }, token);
    const began = Date.now();
    await told;
    const took = Date.now() - began;
    assert.ok(took <= 2000, `it took ${took} ms`);
    const entry = part(page, 'log-entry').first();
    await until('the log tells it', async () => (await entry.textContent()).includes(`${before} → ${rate}`));
    assert.match(await entry.textContent(), /Settings.*you/, 'and who did it');
  }
  const { admitPerMinute: rate } = await room(roomId);
  await part(page, 'undo').click();
  await until('it is taken back', async () => (await room(roomId)).admitPerMinute === 90);
  await until('the console shows it', async () => (await text(page, 'target')) === '90');
  assert.equal(rate, 375);
  // A reason that fans read, too.
  await part(page, 'message').fill('Nearly there.');
  await part(page, 'save').click();
  await until('the message is there', async () => (await room(roomId)).message === 'Nearly there.');
  await until('the way back from it', async () => (await text(page, 'undo-words')).includes('Nearly there.'));
  await part(page, 'undo').click();
  await until('it is taken away again', async () => (await room(roomId)).message === null);
  assert.deepEqual(page.faults, []);
});

test('check 32: what if is what the gate forecasts, for twenty rates and caps', async () => {
  const { roomId } = await sale(token, 'Console: what if');
  await wait(roomId, 60);
  const page = await desk(browser, `/console/room/${roomId}`);
  await until('the line is counted', async () => (await text(page, 'waiting')) === '60');
  const { version } = await room(roomId);
  const asked = new Map();
  page.on('request', (request) => {
    if (!request.url().endsWith('/simulate')) return;
    const body = request.postDataJSON();
    asked.set(`${body.admitPerMinute}/${body.maxActive}`, body);
  });
  for (let turn = 0; turn < 20; turn += 1) {
    const [rate, cap] = [1 + Math.floor(Math.random() * 300), 1 + Math.floor(Math.random() * 120)];
    if (rate === 60 && cap === 80) continue;
    await part(page, 'rate').fill(String(rate));
    await part(page, 'cap').fill(String(cap));
    await until('it is played', async () => (await part(page, 'what-if').getAttribute('data-for')) === `${rate}/${cap}`);
    const body = asked.get(`${rate}/${cap}`);
    assert.equal(body.arrivals.fans, 60, 'those are played who wait');
    const told = await ask('POST', `/room/${roomId}/simulate`, body, token);
    const right = { p50: told.waits.p50, p90: told.waits.p90, last: told.waits.most, most: Math.max(...told.timeline.map((point) => point.active)), without: told.stillWaiting };
    for (const [name, number] of Object.entries(right)) {
      const shown = await value(page, `try-${name}`);
      assert.ok(Math.abs(shown - number) <= number * 0.01, `${rate}/${cap}: ${name} ${shown}, not ${number}`);
    }
    assert.equal(await part(page, 'try-soldOut').getAttribute('data-value'), String(told.soldOutAfter ?? ''));
  }
  assert.equal((await room(roomId)).version, version, 'nothing was changed by trying');
  await picture(page, '50-what-if');
  assert.deepEqual(page.faults, []);
});

test('what is dangerous is asked about first, with what it does and what fans read', async () => {
  const { roomId } = await sale(token, 'Console: steps');
  await wait(roomId, 3);
  const page = await desk(browser, `/console/room/${roomId}`);
  await part(page, 'resume').click();
  await until('it is open', async () => (await room(roomId)).state === 'open');
  await page.locator('summary', { hasText: 'Exceptions' }).click();
  await part(page, 'reject').click();
  assert.match(await text(page, 'problem'), /Say why/);
  await part(page, 'reason').fill('The hall is dark.');
  await part(page, 'reject').click();
  await part(page, 'ask').waitFor();
  assert.match(await text(page, 'ask'), /keep their places/);
  assert.match(await text(page, 'ask'), /The hall is dark\./);
  await picture(page, '51-ask');
  await part(page, 'ask-no').click();
  assert.equal((await room(roomId)).state, 'open');
  await part(page, 'reject').click();
  await part(page, 'ask-yes').click();
  await until('nobody is let in', async () => (await room(roomId)).state === 'reject');
  await until('one sees it at a glance', async () => (await part(page, 'verdict').getAttribute('data-tone')) === 'bad');
  await part(page, 'undo').click();
  await until('it is taken back', async () => (await room(roomId)).state === 'open');
  await until('all is well', async () => (await text(page, 'verdict')).startsWith('All is well'));
  await part(page, 'cap').fill('0');
  await part(page, 'save').click();
  await part(page, 'ask-yes').click();
  await until('the cap holds', async () => (await room(roomId)).maxActive === 0);
  assert.deepEqual(page.faults, []);
});

test('the list has events without a room, and leads to how they sell', async () => {
  const { eventId } = await sale(token, 'Console: the list');
  const { venue: { venueId } } = await ask('GET', `/event/${eventId}`);
  const soon = new Date(Date.now() + 5_400_000).toISOString();
  const { eventId: alone } = await ask('POST', '/event', {
    venueId, performerIds: [], title: 'Console: no room', description: 'Warm.', category: 'concert', currency: 'EUR', ticketLimit: 4, startsAt: soon,
    salesStart: new Date(Date.now() - 3_600_000).toISOString(), salesEnd: new Date(Date.now() + 3_600_000).toISOString(),
    tiers: [{ name: 'Floor', price: 2000, generalAdmission: true, quantity: 12 }], state: 'draft',
  }, token);
  const page = await desk(browser, '/console');
  const row = part(page, 'events').locator('tr').filter({ has: page.locator(`a[href*="${alone}"]`) });
  await until('what is left of it', async () => /12 \/ 12/.test(await row.textContent()));
  assert.match(await row.textContent(), /draft.*none/);
  await picture(page, '56-home');
  await row.locator('a').click();
  await until('how it sells', async () => (await text(page, 'left')) === '12');
  assert.deepEqual(page.faults, []);
});

test('lanes, codes and openings are made on the page of a room', async () => {
  const { roomId } = await sale(token, 'Console: lanes');
  const page = await desk(browser, `/console/room/${roomId}`);
  await part(page, 'tab-line').click();
  await page.getByRole('button', { name: 'Add a lane' }).click();
  await page.getByLabel('Name of the lane').nth(1).fill('members');
  await part(page, 'lanes-save').click();
  await until('the lane is there', async () => (await ask('GET', `/room/${roomId}/lane`, undefined, token)).lanes.length === 2);
  await part(page, 'new-codes').fill('CONSOLE-ONE\nCONSOLE-TWO');
  await part(page, 'codes-import').click();
  await until('the codes are listed', async () => (await part(page, 'code').count()) === 2);
  await part(page, 'code').first().getByRole('button', { name: 'Revoke' }).click();
  await until('one is revoked', async () => (await part(page, 'code').filter({ hasText: 'revoked' }).count()) === 1);
  await part(page, 'tab-openings').click();
  await part(page, 'plan').click();
  await until('it is planned', async () => (await part(page, 'opening').count()) === 1);
  await part(page, 'opening').getByRole('button', { name: 'Remove' }).click();
  await until('it is gone', async () => (await part(page, 'opening').count()) === 0);
  assert.deepEqual(page.faults, []);
});

test('a draw goes from its lobby to its proof under the organizer’s eyes', async () => {
  const { roomId } = await sale(token, 'Console: the draw', { order: 'draw', state: 'lobby' });
  await wait(roomId, 7);
  const page = await desk(browser, `/console/room/${roomId}`);
  await part(page, 'tab-draw').click();
  await until('the seed is fixed', async () => /The seed is fixed/.test(await text(page, 'draw')));
  const { commitment } = await ask('GET', `/queue/${roomId}/draw`);
  assert.ok((await text(page, 'draw')).includes(commitment));
  await part(page, 'tab-live').click();
  await part(page, 'open').click();
  await part(page, 'tab-draw').click();
  await until('all stand in line', async () => (await page.locator('[aria-current=step]').textContent()) === 'All stand in line');
  const { seed, digest, entries } = await ask('GET', `/queue/${roomId}/draw`);
  const shown = await text(page, 'draw');
  assert.equal(entries, 7);
  for (const said of [seed, digest, 'Entries7']) assert.ok(shown.includes(said), said);
  assert.equal(await page.locator(`a[href="/queue/${roomId}/draw/entries?order=rank"]`).count(), 1);
  await picture(page, '55-draw');
  assert.deepEqual(page.faults, []);
});

test('somebody is added to the team, a key is shown once, and the changes say who did it', async () => {
  const member = await account('viewer');
  const page = await desk(browser, '/console/team');
  await part(page, 'member-email').fill(member.email);
  await part(page, 'member-add').click();
  const row = part(page, 'member').filter({ hasText: member.email });
  await row.waitFor();
  await row.getByRole('combobox').selectOption('door');
  await until('the role is another one', async () => (await ask('GET', '/team', undefined, token)).members.some((one) => one.email === member.email && one.role === 'door'));
  await row.getByRole('button', { name: 'Take out' }).click();
  await part(page, 'ask-yes').click();
  await until('nobody is left', async () => (await row.count()) === 0);
  const name = `Till ${Date.now()}`;
  await part(page, 'key-name').fill(name);
  await part(page, 'key-make').click();
  const key = await text(page, 'key-secret');
  assert.match(key, /^usk_/);
  const { rooms } = await ask('GET', '/room', undefined, key);
  assert.ok(rooms.length > 0, 'the key opens what it may look at');
  await page.reload();
  const made = part(page, 'key').filter({ hasText: name });
  await made.waitFor();
  assert.equal(await part(page, 'key-secret').count(), 0);
  await made.getByRole('button', { name: 'Revoke' }).click();
  await part(page, 'ask-yes').click();
  await until('it is revoked', async () => /revoked/.test(await made.textContent()));
  await page.goto(`${up.gate}/console/audit`);
  const newest = part(page, 'audit-rows').locator('tr').first();
  await newest.waitFor();
  assert.match(await newest.textContent(), /^key\.revoke.*you/);
  assert.deepEqual(page.faults, []);
});

test('a webhook is made, tried, seen to arrive, sent again and given another secret', async () => {
  const there = await receiver();
  try {
    const page = await desk(browser, '/console/webhooks');
    await part(page, 'hook-form').waitFor();
    await part(page, 'hook-url').last().fill(there.url);
    await part(page, 'hook-form').getByRole('button', { name: 'Make it' }).click();
    const secret = await text(page, 'hook-secret');
    assert.match(secret, /^whsec_/);
    const hook = part(page, 'hook').filter({ hasText: there.url });
    await hook.locator('[data-test=hook-test]').click();
    const one = hook.locator('[data-test=delivery][data-type="webhook.test"]').first();
    await until('the page says that it arrived', async () => (await one.count()) === 1 && (await one.getAttribute('data-state')) === 'delivered');
    assert.equal(there.got.length, 1);
    assert.ok(isSigned(there.got[0], secret), 'signed with the secret that was shown');
    await one.locator('summary').click();
    const body = one.locator('[data-test=delivery-body]');
    await until('the body is shown', async () => (await body.textContent()).includes('webhook.test'));
    assert.deepEqual(JSON.parse(await body.textContent()), JSON.parse(there.got[0].body));
    await picture(page, '52-webhook');
    await one.locator('[data-test=replay]').click();
    await until('it comes again', () => there.got.length === 2);
    assert.equal(there.got[1].id, there.got[0].id, 'under the same id');
    await hook.locator('[data-test=hook-rotate]').click();
    await part(page, 'ask-yes').click();
    await until('another secret is shown', async () => (await text(page, 'hook-secret')) !== secret);
    const next = await text(page, 'hook-secret');
    there.told.status = 500;
    await hook.locator('[data-test=hook-test]').click();
    await until('the third came', () => there.got.length >= 3);
    assert.ok(isSigned(there.got[2], secret) && isSigned(there.got[2], next), 'both secrets sign');
    await until('the page says what was answered', async () => /500/.test(await hook.locator('[data-test=deliveries]').textContent()));
    await page.reload();
    await hook.waitFor();
    assert.equal(await part(page, 'hook-secret').count(), 0, 'a secret is shown once');
    // Switched off: it says why, and nothing can be tried.
    await hook.locator('summary', { hasText: 'Change it' }).click();
    await hook.locator('[data-test=hook-enabled]').uncheck();
    await hook.locator('[data-test=hook-save]').click();
    await until('it says who switched it off', async () => (await hook.locator('[data-test=hook-off]').count()) === 1);
    assert.match(await hook.locator('[data-test=hook-off]').textContent(), /^You switched it off/);
    await until('nothing can be tried', async () => hook.locator('[data-test=hook-test]').isDisabled());
    await hook.locator('[data-test=hook-remove]').click();
    await part(page, 'ask-yes').click();
    await until('it is gone', async () => (await hook.count()) === 0);
    assert.deepEqual(page.faults, []);
  } finally {
    there.close();
  }
});

test('whoever works for several organizers chooses, and sees what is the chosen one’s', async () => {
  const other = await organizerToo('second');
  const helper = await account('helper');
  for (const [by, role] of [[token, 'manager'], [other.token, 'viewer']]) {
    await ask('POST', '/team/member', { email: helper.email, role }, by);
  }
  const theirs = await sale(other.token, 'Console: of the second');
  const page = await desk(browser, '/console', helper);
  await part(page, 'choose').waitFor();
  assert.equal(await part(page, 'choice').count(), 2);
  await picture(page, '53-which-organizer');
  await page.locator(`[data-test=choice][data-organizer="${other.accountId}"]`).click();
  await until('the rooms of the second', async () => (await part(page, 'rooms').locator('tr').count()) === 1);
  assert.match(await text(page, 'rooms'), /of the second/);
  assert.equal(await part(page, 'create').count(), 0, 'a viewer makes no rooms');
  // It goes on from page to page, the stream of a room too.
  await part(page, 'rooms').locator('a').click();
  await until('the numbers come', async () => (await text(page, 'connection')).startsWith('live'));
  assert.ok(await part(page, 'rate').isDisabled(), 'a viewer steers nothing');
  assert.equal(await part(page, 'steps').count(), 0);
  await page.goto(`${up.gate}/console`);
  await part(page, 'organizer').click();
  await part(page, 'choice').filter({ hasText: 'manager' }).click();
  await until('the rooms of the first', async () => (await part(page, 'rooms').locator(`a[href*="${up.rooms.arena}"]`).count()) === 1);
  assert.equal(await part(page, 'rooms').locator(`a[href*="${theirs.roomId}"]`).count(), 0);
  assert.deepEqual(page.faults, []);
});

test('an organizer follows how an event sells, keeps tickets back and opens a door', async () => {
  const { eventId, roomId } = await sale(token, 'Console: the sale');
  const { tiers: [floor] } = await ask('GET', `/event/${eventId}`, undefined, token);
  await ask('POST', `/event/${eventId}/allocation`, { kind: 'boxOffice', label: 'Counter', tier: floor.tierId, quantity: 3, paidBy: 'cash', email: 'counter@example.com' }, token);
  const page = await desk(browser, '/console');
  await part(page, 'events').locator(`a[href*="${eventId}"]`).first().click();
  await until('three are sold', async () => (await text(page, 'sold')) === '3');
  assert.equal(await text(page, 'gross'), '€60');
  assert.equal(await text(page, 'left'), '497');
  await part(page, 'label').fill('Press');
  await part(page, 'tier').selectOption({ index: 1 });
  await part(page, 'quantity').fill('5');
  await part(page, 'allocate').click();
  await until('five are kept back', async () => (await text(page, 'held')) === '5' && (await text(page, 'left')) === '492');
  const press = part(page, 'allocation').filter({ hasText: 'Press' });
  await press.locator('[data-test=release]').click();
  await part(page, 'ask-yes').click();
  await until('they are back', async () => (await text(page, 'left')) === '497');
  await part(page, 'door-name').fill('North');
  await part(page, 'open-door').click();
  assert.match(await text(page, 'scanner'), /\/ticket\/scanner#/);
  await until('the door is listed', async () => (await part(page, 'door').count()) === 1);
  assert.match(await text(page, 'report-rows'), /Floor/);
  const [csv] = await Promise.all([page.waitForEvent('download'), part(page, 'sales-csv').click()]);
  assert.equal(csv.suggestedFilename(), `sales-${eventId}.csv`);
  assert.equal(await page.locator(`a[href="/console/room/${roomId}"]`).count(), 1);
  await picture(page, '54-event');
  assert.deepEqual(page.faults, []);
});

/** The pages, and what must be there before one looks. */
const pages = ({ eventId, roomId }) => [
  ['/console', 'events'], [`/console/room/${roomId}`, 'log-entry'], [`/console/room/${roomId}#line`, 'lanes'], [`/console/room/${roomId}#openings`, 'openings'],
  [`/console/room/${roomId}#shield`, 'shield'], [`/console/event/${eventId}`, 'tiers'], ['/console/webhooks', 'hook-form'], ['/console/team', 'team'],
  ['/console/audit', 'audit-rows'],
];

test('check 12: axe finds nothing on any page of the console, light and dark, narrow and wide; check 21: none scrolls sideways', async () => {
  const made = await sale(token, 'Console: how it looks');
  await wait(made.roomId, 12);
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [320, 1280]) {
      const page = await desk(browser, '/console', up.organizer, { colorScheme, viewport: { width, height: 900 } });
      await part(page, 'events').waitFor();
      const name = `${colorScheme} ${width}`;
      for (const [at, there] of pages(made)) {
        await page.goto(up.gate + at);
        await page.reload();
        await part(page, there).first().waitFor();
        await until('it is filled', async () => (await page.getByText('Loading …').count()) === 0);
        await axe(page, `${at}, ${name}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(over, 0, `${at}, ${name}: it scrolls sideways by ${over}`);
      }
      await page.close();
    }
  }
});
