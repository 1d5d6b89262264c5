// The queue page and its network: ways that are closed, cuts, silence, a gate that is full. The wire lies between them for real.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fleet } from './fleet.mjs';
import { heard, launch, line, part, stand, until, up, visitor } from './line.mjs';
import { picture } from './system.mjs';
import { wire } from './wire.mjs';

const LONG = process.env.USHER_TEST_LONG !== undefined;
let browser;
let calm;
before(async () => {
  browser = await launch();
  calm = await line('The Long Wire');
});
after(() => browser?.close());

const badge = (page) => part(page, 'connection').textContent();
const judge = (what, took, limit) => {
  console.log(`${what}: ${took} ms`);
  if (LONG) assert.ok(took <= limit, `${what}: ${took} ms, not ${limit}`);
};
/** Opens the page over `over`; how long it took until the first frame came. */
async function opened(page, over) {
  await page.goto(over.url + calm.path);
  const loaded = Date.now();
  await until('the first frame', () => heard(page, calm));
  return Date.now() - loaded;
}
const lives = (over) => over.asked.filter(({ line: asked }) => asked.startsWith(`GET ${calm.path}/live`)).length;

for (const [way, rules, limit, asks] of [
  ['a WebSocket', {}, 2000, 1],
  ['events, where no WebSocket comes about', { webSocket: false }, 2000, 2],
  ['asking, where neither comes about', { webSocket: false, events: false }, 10_000, 3],
]) {
  test(`checks 4 and 7: the first news comes over ${way}`, async () => {
    const over = await wire();
    Object.assign(over.rules, rules);
    const page = await visitor(browser);
    await page.clock.install();
    // No timer runs: a way that is refused is followed by the next at once.
    await page.clock.pauseAt(Date.now() + 1000);
    const took = await opened(page, over);
    await page.clock.resume();
    assert.ok(lives(over) >= asks, `${lives(over)} of ${asks} ways were tried`);
    judge(`checks 4 and 7: over ${way}`, took, rules.webSocket === false ? 3000 : limit);
    assert.equal(await badge(page), '');
    // News go on: somebody comes behind.
    const behind = async () => Number((await part(page, 'behind').textContent()).replace(/\D/g, ''));
    const before = await behind();
    const other = await visitor(browser);
    await stand(other, calm);
    await until('somebody is behind', async () => (await behind()) > before);
    await Promise.all([page.context().close(), other.context().close()]);
  });
}

test('check 5: after a cut of three seconds the page is back within five', async () => {
  const over = await wire();
  const page = await visitor(browser);
  await page.clock.install();
  await opened(page, over);
  await over.cut();
  await until('the page says so', async () => (await badge(page)).includes('Your place is kept'));
  await picture(page, '62-reconnecting');
  await page.clock.fastForward(3000);
  await over.mend();
  const mended = Date.now();
  await until('the page is back', async () => (await badge(page)) === '');
  judge('check 5: back', Date.now() - mended, 5000);
  await page.context().close();
});

test('check 5: two hundred pages do not come back together', async () => {
  const returns = await fleet(200, { cutAt: 20_000, mendAt: 23_000 });
  const sorted = returns.map((at) => at - 23_000).sort((a, b) => a - b);
  assert.equal(sorted.length, 200, 'all come back');
  const p95 = sorted[Math.floor(0.95 * 200)];
  const buckets = new Map();
  for (const at of sorted) buckets.set(Math.floor(at / 100), (buckets.get(Math.floor(at / 100)) ?? 0) + 1);
  const fullest = Math.max(...buckets.values());
  console.log(`check 5: 200 pages, 95 of 100 within ${Math.round(p95)} ms, at most ${fullest} in a tenth of a second`);
  assert.ok(p95 <= 5000, `${p95} ms`);
  assert.ok(fullest <= 20, `${fullest} in a tenth of a second`);
});

/** Lets no time pass in the page but what the test gives it. */
const still = async (page) => page.clock.pauseAt(await page.evaluate(() => Date.now() + 500));

test('check 6: a link that falls silent is noticed within 40 seconds, and mended within five', async () => {
  const over = await wire();
  const page = await visitor(browser);
  await page.clock.install();
  await opened(page, over);
  over.silence();
  await still(page);
  // Not yet: lines are silent now and then.
  await page.clock.runFor(20_000);
  assert.equal(await badge(page), '');
  await page.clock.runFor(10_000);
  await until('the page says since when', async () => /No news since \d+:\d\d/.test(await badge(page)));
  await picture(page, '63-silent');
  const before = lives(over);
  over.speak();
  await page.clock.resume();
  const mended = Date.now();
  await until('the page is back', async () => (await badge(page)) === '');
  judge('check 6: back', Date.now() - mended, 5000);
  await until('it listens again', () => lives(over) > before);
  await page.context().close();
});

test('check 8: a gate that is full is asked again when it said, give or take half', async () => {
  const over = await wire();
  const page = await visitor(browser);
  await page.clock.install();
  await opened(page, over);
  over.rules.busy = 7;
  const looks = () => over.asked.filter(({ line: asked }) => asked.startsWith(`GET ${calm.path}/place`)).length;
  await still(page);
  await over.cut();
  await over.mend();
  await until('the page says so', async () => (await badge(page)) !== '');
  const refusal = page.waitForResponse((answer) => answer.status() === 503);
  await page.clock.runFor(5_500);
  assert.equal((await (await refusal).allHeaders())['retry-after'], '7');
  // One more question and answer, so that the page has read the refusal.
  await page.evaluate(() => fetch('/assets/gate/gate.css').then(() => undefined));
  let waited = 0;
  const later = async () => { waited += 100; await page.clock.runFor(100); };
  while (waited < 3_400) await later();
  assert.equal(looks(), 1, 'not before half of the time');
  await until('it is asked again', async () => { await later(); return looks() === 2; });
  console.log(`check 8: asked again after ${waited} ms`);
  assert.ok(waited <= 11_000, `${waited} ms`);
  over.rules.busy = 0;
  await until('the page is back', async () => { await later(); return (await badge(page)) === ''; });
  await page.context().close();
});
