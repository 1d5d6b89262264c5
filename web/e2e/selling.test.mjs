// More ways to sell: a voucher, a code that opens a presale, and seats that come back to those who wait.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, launch, letter, part, pay, picture, until, up, visitor } from './system.mjs';

let browser;
let token;
before(async () => {
  browser = await launch();
  ({ token } = await ask('POST', '/account/sign-in', up.organizer));
});
after(() => browser?.close());

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

/** An event without a line, with so many places at 20.00. */
async function event(title, quantity, dates = {}) {
  const venue = await ask('POST', '/venue', {
    name: 'The Kiln', city: 'Leipzig', country: 'DE', latitude: 51.3, longitude: 12.4, timeZone: 'Europe/Berlin',
  }, token);
  const made = await ask('POST', '/event', {
    venueId: venue.venueId, performerIds: [], title, description: 'Warm.', category: 'concert', currency: 'EUR', ticketLimit: 4,
    startsAt: day(9), salesStart: day(-1), salesEnd: day(8), ...dates,
    tiers: [{ name: 'Kiln', price: 2000, generalAdmission: true, quantity }],
  }, token);
  return made.eventId;
}

/** Opens the page of an event as somebody new. */
async function fan(path) {
  const page = await visitor(browser);
  await page.goto(up.gate + path);
  await part(page, 'reserve').waitFor();
  return page;
}

const address = (name) => `${name}-${Date.now()}@example.com`;

async function reserve(page, quantity = '1') {
  await part(page, 'quantity').selectOption(quantity);
  await part(page, 'reserve').click();
}

/** What the page says is wrong. */
async function problem(page) {
  await part(page, 'problem').waitFor();
  return part(page, 'problem').textContent();
}

test('a fan lays a voucher on the tickets and pays less', async () => {
  const id = await event('Kiln Songs', 20);
  const vouchers = [{ code: 'SEVEN-OFF', off: 700 }];
  await ask('POST', `/event/${id}/voucher`, { vouchers }, token);
  const page = await fan(`/e/${id}`);
  await reserve(page, '2');
  await page.waitForURL('**/checkout/*');
  assert.equal(await part(page, 'total').textContent(), '€40.00');
  await part(page, 'voucher').fill('SIX-OFF');
  await part(page, 'apply').click();
  assert.match(await problem(page), /no such voucher/);
  await part(page, 'voucher').fill('seven off');
  await part(page, 'apply').click();
  await part(page, 'discount').waitFor();
  assert.equal(await part(page, 'total').textContent(), '€26.00');
  await picture(page, '30-voucher');
  await part(page, 'take-off').click();
  await part(page, 'voucher').fill('SEVEN-OFF');
  await part(page, 'apply').click();
  await part(page, 'discount').waitFor();
  await pay(page);
  assert.deepEqual(
    [await part(page, 'discount').textContent(), await part(page, 'total').textContent()],
    ['€14.00', '€26.00'],
  );
  const { vouchers: [used] } = await ask('GET', `/event/${id}/voucher`, undefined, token);
  assert.deepEqual([used.uses, used.spent], [1, 1400]);
  assert.deepEqual(page.faults, []);
});

test('a code opens a presale, and the page says when it is needed', async () => {
  const id = await event('Kiln Songs for Friends', 20, { salesStart: day(1) });
  const presales = [{ name: 'Friends', startsAt: day(-0.1), endsAt: day(0.5), classes: ['friends'] }];
  await ask('PUT', `/event/${id}/presale`, { presales }, token);
  await ask('POST', `/event/${id}/presale/code`, { codes: [{ code: 'OLD-FRIEND', class: 'friends', seats: 2 }] }, token);
  const page = await fan(`/e/${id}`);
  assert.match(await part(page, 'presale').textContent(), /^Friends: with a code only, until /);
  assert.match(await part(page, 'code-only').textContent(), /^with a code only, until /);
  await reserve(page, '2');
  assert.match(await problem(page), /with a code only/);
  await part(page, 'presale-code').fill('NEW-FRIEND');
  await part(page, 'reserve').click();
  await until('the code is refused', async () => /no such presale code/.test(await problem(page)));
  await picture(page, '31-presale');
  await part(page, 'presale-code').fill('old friend');
  await part(page, 'reserve').click();
  await pay(page);
  const late = await fan(`/e/${id}`);
  await part(late, 'presale-code').fill('OLD-FRIEND');
  await reserve(late);
  assert.match(await problem(late), /not good for so many seats/);
  // It ends early: the page that is open follows.
  await ask('PUT', `/event/${id}/presale`, { presales: [] }, token);
  await until('no code is asked for any more', async () => !(await part(late, 'presale-code').isVisible()));
  assert.equal(await part(late, 'code-only').isVisible(), false);
  assert.deepEqual([...page.faults, ...late.faults], []);
});

test('a fan joins the waitlist of a hall that is sold out and buys the seat that comes back', async () => {
  const id = await event('Kiln Songs, Front Row', 1);
  await ask('PUT', `/event/${id}/waitlist`, { open: true }, token);
  const first = await fan(`/e/${id}`);
  await reserve(first);
  await pay(first);
  const order = new URL(first.url()).pathname;

  const page = await visitor(browser);
  await until('it is sold out', async () => {
    await page.goto(`${up.gate}/e/${id}`);
    return (await part(page, 'wait').count()) === 1;
  });
  const email = address('waits');
  await part(page, 'wait-email').fill(email);
  await part(page, 'wait').click();
  await until('the place on the list', async () => /0 in front of you/.test(await part(page, 'waiting').textContent()));
  await picture(page, '32-waitlist');

  await ask('POST', `${order}/refund`, { reason: 'The fan cannot come.' }, token);
  const mail = await visitor(browser);
  const link = (await letter(mail, email)).locator('a[href*="#offer="]').first();
  await link.waitFor();
  const offer = await link.getAttribute('href');
  // Nobody else gets it meanwhile.
  const rival = await fan(`/e/${id}`);
  await reserve(rival);
  assert.match(await problem(rival), /Nothing is left/);

  await page.goto(offer);
  await page.reload();
  await part(page, 'offer').waitFor();
  await picture(page, '33-offer');
  await part(page, 'reserve').click();
  await pay(page);
  assert.equal(await part(page, 'ticket').count(), 1);
  const { counts } = await ask('GET', `/event/${id}/waitlist/entry`, undefined, token);
  assert.deepEqual(counts, { accepted: 1 });
  assert.deepEqual([...first.faults, ...page.faults, ...rival.faults], []);
});
