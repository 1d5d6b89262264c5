// The queue page: what it weighs, when it shows where one stands, and how its place is kept.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { everywhere, heard, launch, line, part, position, raw, stand, state, until, up, visitor } from './line.mjs';
import { decoded } from './qr.mjs';
import { picture } from './system.mjs';

const LONG = process.env.USHER_TEST_LONG !== undefined;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
let browser;
let calm;
before(async () => {
  browser = await launch();
  calm = await line('The Long Quiet');
});
after(() => browser?.close());

test('check 1: the whole page is at most 14 kB in three requests', async () => {
  const page = await visitor(browser, PHONE);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  const names = new Map();
  const sizes = {};
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => { if (request.url.startsWith('http')) names.set(requestId, new URL(request.url).pathname); });
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (names.has(requestId)) sizes[names.get(requestId)] = encodedDataLength; });
  await stand(page, calm);
  await until('all is loaded', () => Object.keys(sizes).length === names.size);
  const total = Object.values(sizes).reduce((sum, size) => sum + size);
  console.log(`check 1: ${total} bytes, heads and all: ${JSON.stringify(sizes)}`);
  assert.ok(total <= 14 * 1024, `${total} bytes`);
  assert.equal(names.size, 3, [...names.values()].join(' '));
});

test('check 2: the position stands in the first HTML, before any script', async () => {
  for (const [headers, pattern] of [[{}, /data-test="position">\d+</], [{ 'accept-language': 'ja' }, /<html lang="ja">[^]*data-test="position">\d+</]]) {
    assert.match((await raw(calm.path, headers)).text, pattern);
  }
});

for (const [what, conditions, limit] of [
  ['a plain network', undefined, 1000],
  ['400 ms there and back at 400 kb/s', { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 }, 1500],
]) {
  test(`check 3: over ${what} the position is visible within ${limit} ms`, async () => {
    const page = await visitor(browser, PHONE);
    if (conditions) {
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('Network.enable');
      await cdp.send('Network.emulateNetworkConditions', conditions);
    }
    await page.goto(up.gate + calm.path, { waitUntil: 'commit' });
    await part(page, 'position').waitFor({ state: 'visible' });
    const painted = await until('the first paint', () => page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime));
    console.log(`check 3: over ${what} visible after ${Math.round(painted)} ms`);
    assert.ok((await position(page)) >= 1);
    if (LONG) assert.ok(painted <= limit, `${painted} ms`);
  });
}

test('check 9: reload, close and open, two tabs and a link on another device keep one place', async () => {
  // A line of its own: who came to another one only once is away after a while, and counted no more.
  const own = await line('One Place');
  const phone = await visitor(browser, PHONE);
  const { number } = await stand(phone, own);
  const same = async (page) => assert.equal((await until('a frame', () => heard(page, own))).number, number);
  await phone.reload();
  await same(phone);
  const context = phone.context();
  const second = await context.newPage();
  await stand(second, own);
  await same(second);
  await Promise.all([phone.close(), second.close()]);
  const again = await context.newPage();
  await stand(again, own);
  await same(again);

  // The link of one's place, opened on another device: its own place is given up for this one.
  await part(again, 'entry').click();
  await part(again, 'make-party').click();
  const link = await part(again, 'party-link').inputValue();
  const code = part(again, 'party-qr').locator('svg');
  await picture(again, '60-share-a-place');
  const laptop = await visitor(browser);
  // What a camera reads is the link.
  const read = await decoded(code);
  assert.equal(read, link);
  await laptop.goto(read);
  await part(laptop, 'join-party').click();
  await laptop.waitForURL(`**${own.path}`);
  await same(laptop);
  await until('one waits', async () => (await own.read()).live.waiting === 1);
});

test('check 13: no page loads itself anew but where there are no scripts', async () => {
  const draw = await line('The Drawn One', { still: false, settings: { order: 'draw', state: 'scheduled' } });
  const pages = {
    queue: await raw(calm.path),
    entry: await raw(`${calm.path}/entry`),
    unknown: await raw(`/queue/${draw.event}`),
    'a lobby that is not open': await raw(draw.path),
  };
  await draw.step('lobby');
  pages.lobby = await until('the lobby', async () => {
    const page = await raw(draw.path);
    return page.status === 200 && page;
  });
  for (const [name, { text }] of Object.entries(pages)) {
    const rest = text.replace(/<noscript>[^]*?<\/noscript>/g, '');
    assert.doesNotMatch(rest, /http-equiv="?refresh/i, name);
  }
  const seconds = Number(/<noscript><meta http-equiv="refresh" content="(\d+)"/.exec(pages.lobby.text)[1]);
  assert.ok(seconds >= 20 && seconds <= 30, `${seconds} s`);
  assert.equal(pages['a lobby that is not open'].status, 409);
  assert.match(pages['a lobby that is not open'].text, /<noscript><meta http-equiv="refresh"/);
});

test('a page that was refused for a while tries again by itself', async () => {
  const draw = await line('The Late Lobby', { still: false, settings: { order: 'draw', state: 'scheduled' } });
  const page = await visitor(browser, PHONE);
  await page.clock.install();
  await page.goto(up.gate + draw.path);
  await part(page, 'problem').waitFor();
  await picture(page, '61-refused');
  await draw.step('lobby');
  await everywhere('the lobby is open', draw.path, ({ status }) => status === 200);
  await page.clock.fastForward(46_000);
  await part(page, 'entries').waitFor();
  assert.equal(await state(page), 'lobby');
});

test('check 11: where its script does not come, the page loads itself anew within 35 seconds', async () => {
  const page = await visitor(browser, PHONE);
  await page.clock.install();
  let missed = 0;
  await page.route('**/queue.js*', (route) => { missed += 1; return route.fulfill({ status: 404, body: 'gone' }); }, { times: 1 });
  await page.goto(up.gate + calm.path);
  const first = await position(page);
  assert.equal(missed, 1);
  assert.equal(await heard(page, calm), null, 'no script runs');
  await page.clock.fastForward(29_000);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.runs), undefined);
  const loaded = page.waitForEvent('load');
  await page.clock.fastForward(6_000);
  await loaded;
  assert.equal(await position(page), first);
  await until('the script runs', () => heard(page, calm));
  // A page whose script came is left alone.
  await page.evaluate(() => { window.same = true; });
  await page.clock.fastForward(60_000);
  await until('news', () => heard(page, calm));
  assert.equal(await page.evaluate(() => window.same), true);
});

test('the place is left on purpose only, and then in all tabs', async () => {
  const own = await line('One Who Leaves');
  const page = await visitor(browser, PHONE);
  const { number: left } = await stand(page, own);
  const other = await page.context().newPage();
  await stand(other, own);
  assert.equal(await part(page, 'leave').isVisible(), false);
  await part(page, 'leaving').click();
  // Until the answer comes, the page hears what the gate says of a place that is gone, and must not ask for one.
  await page.route('**/leave', async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    await until('the other tab says so', async () => (await state(other)) === 'ended');
    await route.fulfill({ response: answer });
  });
  await part(page, 'leave').click();
  await page.waitForURL(`${up.gate}/`);
  assert.equal(await part(other, 'ended').textContent(), 'You have left the line.');
  await picture(other, '61-left');
  assert.equal((await page.request.get(`${up.gate}${own.path}/place`)).status(), 404, 'the place is gone');
  await until('nobody waits', async () => (await own.read()).live.waiting === 0);
  // Who comes again takes a new place, and keeps it.
  await page.goto(up.gate + own.path);
  const fresh = async () => {
    const at = await heard(page, own);
    return at !== null && at.number !== left && at;
  };
  const { number } = await until('a new place', fresh);
  await page.reload();
  assert.equal((await until('a frame', fresh)).number, number);
});
