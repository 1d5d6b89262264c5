// The door: a scanner in a browser whose network goes away for real, between it and the gate.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { ask, launch, part, picture, until, up, visitor } from './system.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A way to the gate that can be cut, and that can lose an answer after the gate has given it. */
async function way() {
  const gate = new URL(up.gate);
  let loses = 0;
  const server = http.createServer((asked, answer) => {
    const headers = { ...asked.headers, host: gate.host, ...(asked.headers.origin && { origin: gate.origin }) };
    const onward = http.request({ host: gate.hostname, port: gate.port, method: asked.method, path: asked.url, headers }, (got) => {
      if (asked.method === 'POST' && loses > 0) {
        loses -= 1;
        got.resume();
        got.on('end', () => asked.socket.destroy());
        return;
      }
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => asked.socket.destroy());
    asked.pipe(onward);
  });
  // It does not keep the test from ending, however that ends.
  server.unref();
  const open = (port) => new Promise((done) => { server.listen(port, '127.0.0.1', done); });
  await open(0);
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    lose: (answers) => { loses = answers; },
    lost: () => loses === 0,
    cut: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
    mend: () => open(port),
  };
}

/** An event without a line, and the codes of tickets that somebody bought. */
async function sold(token, quantity) {
  const venue = await ask('POST', '/venue', {
    name: 'The Yard', city: 'Leipzig', country: 'DE', latitude: 51.3, longitude: 12.4, timeZone: 'Europe/Berlin',
  }, token);
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
  const tier = { name: 'Yard', price: 1500, generalAdmission: true, quantity: 20 };
  const event = await ask('POST', '/event', {
    venueId: venue.venueId, performerIds: [], title: 'Lanterns in the Yard', description: 'Light.', category: 'concert',
    startsAt: day(2), salesStart: day(-1), salesEnd: day(1), currency: 'EUR', ticketLimit: 8, tiers: [tier],
  }, token);
  const fan = (await ask('POST', '/account/guest', { email: `door-${Date.now()}@example.com` })).token;
  const { eventId } = event;
  const hold = await ask('POST', '/booking/reserve', { eventId, tier: event.tiers[0].tierId, quantity }, fan);
  const paymentDetails = { provider: 'sandbox', token: 'tok_ok' };
  const order = await ask('PUT', '/booking/confirm', { holdId: hold.holdId, paymentDetails }, fan);
  const paid = await until('the order is paid', async () => {
    const found = await ask('GET', `/order/${order.orderId}`, undefined, fan);
    return found.state === 'paid' && found;
  });
  return { eventId, fan, tickets: paid.tickets };
}

test('a door checks tickets with a network and without, and tells what it did once', async () => {
  const { token } = await ask('POST', '/account/sign-in', up.organizer);
  const { eventId, fan, tickets } = await sold(token, 4);
  const [first, second, third, sent] = tickets.map((ticket) => ticket.code);
  // One is sent on before the door looks: its code is on the list.
  await ask('POST', `/ticket/${tickets[3].ticketId}/transfer`, { email: 'other@example.com' }, fan);
  const door = await ask('POST', `/event/${eventId}/door`, { name: 'North', hours: 2 }, token);
  const counted = async () => {
    const { doors: [north], inside, conflicts } = await ask('GET', `/event/${eventId}/door`, undefined, token);
    return { in: north.in, out: north.out, inside, conflicts: conflicts.length };
  };

  const network = await way();
  const page = await visitor(browser, { viewport: { width: 420, height: 860 } });
  await page.goto(network.url + door.scanner);
  await page.locator('body[data-ready=true]').waitFor();
  assert.equal(await page.evaluate(() => location.hash), '', 'the pass does not stay in the address');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const scan = async (code, outcome, words) => {
    await part(page, 'code').fill(code);
    await part(page, 'check').click();
    await until(`${words}`, async () => (await part(page, 'outcome').textContent()).includes(words));
    assert.equal(await part(page, 'verdict').getAttribute('data-outcome'), outcome);
  };
  const net = (state) => page.locator(`[data-test=net][data-online=${state}]`).waitFor();
  const waiting = (count) => page.locator(`[data-test=queue][data-waiting="${count}"]`).waitFor();

  await scan(first, 'passed', 'Come in');
  await scan(first, 'refused', 'Somebody is in');
  await picture(page, '20-door-online');
  assert.deepEqual(await counted(), { in: 1, out: 0, inside: 1, conflicts: 0 });

  await network.cut();
  await page.reload();
  await page.locator('body[data-ready=true]').waitFor();
  await net(false);
  await scan(first, 'refused', 'Somebody is in');
  await scan(second, 'passed', 'Come in');
  await scan(second, 'refused', 'Somebody is in');
  const forged = (second[20] === 'A' ? 'B' : 'A');
  await scan(second.slice(0, 20) + forged + second.slice(21), 'refused', 'Not a ticket');
  await part(page, 'out').click();
  await scan(first, 'passed', 'Goodbye');
  await part(page, 'in').click();
  await scan(third, 'passed', 'Come in');
  await waiting(3);
  await picture(page, '21-door-offline');
  assert.deepEqual(await counted(), { in: 1, out: 0, inside: 1, conflicts: 0 }, 'nobody was told yet');

  // The first answer is lost on the way back: the door tells it again, and it counts once.
  network.lose(1);
  await network.mend();
  await until('the door tells what it did', async () => {
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    return network.lost() && (await part(page, 'queue').getAttribute('data-waiting')) === '0';
  });
  await net(true);
  assert.deepEqual(await counted(), { in: 3, out: 1, inside: 2, conflicts: 0 });
  await page.reload();
  await page.locator('body[data-ready=true]').waitFor();
  await waiting(0);
  assert.deepEqual(await counted(), { in: 3, out: 1, inside: 2, conflicts: 0 });

  // What was revoked since is refused by the list alone.
  const other = (await ask('POST', '/account/guest', { email: 'other@example.com' })).token;
  const mail = await until('the mail of the transfer', () => letter('other@example.com'));
  await ask('POST', '/ticket/accept', { token: mail }, other);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await page.waitForFunction(() => document.querySelector('[data-test=known]').textContent.includes('1 revoked'));
  await network.cut();
  await scan(sent, 'refused', 'not valid any more');
  const { code } = await ask('GET', `/ticket/${tickets[3].ticketId}`, undefined, other);
  await scan(code, 'passed', 'Come in');
  await picture(page, '22-door-revoked');
  assert.deepEqual(page.faults, []);
});

/** What a door says, by its key; of several forms one. */
function words(language) {
  const text = readFileSync(new URL(`../../booking-api/src/pages/words/${language}.txt`, import.meta.url), 'utf8');
  return Object.fromEntries([...text.matchAll(/^door\.([\w.]+)(?:\[\w+\])? = (.*)$/gm)].map(([, key, sentence]) => [key, sentence]));
}

/** What stands on the page and is English. */
async function foreign(page, language) {
  const [own, english] = [words(language), words('en')];
  const said = Object.entries(english).filter(([key, sentence]) => sentence !== own[key] && /\p{L}{2}/u.test(sentence.replace(/\{\{.*?\}\}/g, '')));
  const patterns = said.map(([, sentence]) => new RegExp(`^${sentence.split(/\{\{ \w+ \}\}/).map((piece) => piece.replace(/[.*+?^$()|[\]\\]/g, '\\$&')).join('.+')}$`));
  const read = await page.evaluate(() => [document.title.split(' · ')[0], ...[...document.querySelectorAll('main *')]
    .flatMap((node) => [...node.childNodes]).filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => child.data.trim())]);
  return read.filter((text) => patterns.some((pattern) => pattern.test(text)));
}

for (const [language, locale] of Object.entries({ de: 'de-DE', es: 'es-ES', pt: 'pt-BR', ja: 'ja-JP' })) {
  test(`a door says all that it says in ${language}, without a network too`, async () => {
    const { token } = await ask('POST', '/account/sign-in', up.organizer);
    const { eventId, tickets } = await sold(token, 2);
    const [first, second] = tickets.map((ticket) => ticket.code);
    const open = (name) => ask('POST', `/event/${eventId}/door`, { name, hours: 2 }, token);
    const [door, other] = [await open('A'), await open('B')];
    const own = words(language);
    const network = await way();
    const page = await visitor(browser, { locale, viewport: { width: 390, height: 844 } });
    const ready = () => page.locator('body[data-ready=true]').waitFor();
    const hears = async (key) => {
      await until(key, async () => (await part(page, 'outcome').textContent()) === own[`live.${key}`]);
      assert.deepEqual(await foreign(page, language), [], key);
    };
    const scan = async (code, key) => {
      await part(page, 'code').fill(code);
      await part(page, 'check').click();
      await hears(key);
    };
    await page.goto(network.url + door.scanner);
    await ready();
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    assert.equal(await part(page, 'outcome').textContent(), own.ready);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    // Results are spoken: the part that holds them is read aloud when it changes, in the language of the page.
    assert.equal(await part(page, 'verdict').getAttribute('aria-live'), 'assertive');
    await scan(first, 'comeIn');
    await scan(first, 'alreadyIn');
    await page.reload();
    await ready();
    await network.cut();
    await page.reload();
    await ready();
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    await page.locator('[data-test=net][data-online=false]').waitFor();
    await scan(first, 'alreadyIn');
    await scan('nothing', 'notGenuine');
    await scan(second, 'comeIn');
    await picture(page, `23-door-${language}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0);
    // Somebody went in elsewhere with the same ticket: that is told when there is a network again.
    await ask('POST', '/ticket/scan', { scans: [{ scanId: crypto.randomUUID(), code: second, direction: 'in' }] }, other.token);
    await network.mend();
    await until('the conflict is told', async () => {
      await page.evaluate(() => window.dispatchEvent(new Event('online')));
      return (await part(page, 'conflicts').locator('li').count()) > 0;
    });
    assert.ok((await part(page, 'conflicts').locator('li').first().textContent()).includes(own['live.cause.twiceIn']));
    assert.deepEqual(await foreign(page, language), [], 'a conflict');
    assert.deepEqual(page.faults, []);
    await page.context().close();
    await network.cut();
  });
}

/** The token of the newest mail to an address that offers a ticket. */
async function letter(to) {
  const list = await (await fetch(`${up.notifier}/mail`)).text();
  const row = list.split('<tr').find((line) => line.includes(to) && line.includes('sends you a ticket'));
  const name = row?.match(/href="([^"]+)"/)?.[1];
  if (!name) return undefined;
  const page = await (await fetch(new URL(name, `${up.notifier}/mail`))).text();
  return page.match(/accept#([\w.-]{20,})/)?.[1];
}
