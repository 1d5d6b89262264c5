// Fans on request: the console of a system with the demo data lets them come, and shows the line drain.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, part, picture, until, up, visitor } from './system.mjs';

// As many as are asked for where there is time.
const LONG = process.env.USHER_TEST_LONG !== undefined;
const FANS = LONG ? 2_000 : 60;
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

test(`check 34: ${FANS} fans come, the line drains before one's eyes, nothing is sold twice and nobody overtakes`, async () => {
  const page = await visitor(browser);
  await page.goto(`${up.gate}/console/demo`);
  await part(page, 'email').fill(up.organizer.email);
  await part(page, 'password').fill(up.organizer.password);
  await part(page, 'sign-in').click();
  await part(page, 'demo-fans').fill(String(FANS));
  await part(page, 'demo-seats').fill('20');
  await part(page, 'demo-start').click();
  await part(page, 'demo-room').waitFor();
  const room = await part(page, 'demo-room').getAttribute('href');
  // Nobody can start a second one meanwhile.
  assert.equal(await part(page, 'demo-start').isDisabled(), true);
  // The page of the room shows them come and go, and its frames are not held up.
  const watch = await page.context().newPage();
  await watch.addInitScript(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration)))
      .observe({ type: 'longtask', buffered: true });
  });
  await watch.goto(up.gate + room);
  await until('somebody is inside', async () => Number(await part(watch, 'active').textContent()) > 0);
  await picture(watch, '60-demo-room');
  const number = async (name) => {
    const row = part(page, 'demo-fare').locator(`tr[data-id="${name}"] td`).first();
    return Number((await row.textContent()).replace(/\D/g, ''));
  };
  await part(page, 'demo-promises').waitFor({ timeout: 300_000 });
  await picture(page, '61-demo-over');
  assert.deepEqual([await number('Arrived'), await number('Waiting in line'), await number('Without an answer')], [FANS, 0, 0]);
  const bought = await number('Bought tickets');
  assert.ok(bought >= 10 && bought <= 20, `${bought} of 20 seats, one or two each`);
  assert.equal(bought + (await number('Came too late')), FANS);
  const promises = await part(page, 'demo-promises').locator('tr').evaluateAll((rows) =>
    rows.map((row) => [row.dataset.id, row.lastElementChild.textContent]));
  assert.ok(promises.length >= 5, JSON.stringify(promises));
  assert.deepEqual(promises.filter(([, breaches]) => breaches !== '0'), []);
  const long = await watch.evaluate(() => window.long.filter((duration) => duration > 200));
  if (LONG) assert.deepEqual(long, []);
  assert.deepEqual([...page.faults, ...(watch.faults ?? [])], []);
});
