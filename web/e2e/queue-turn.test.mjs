// What the queue page says while one waits, and how it calls whose turn has come.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { heard, launch, line, part, stand, state, until, up, visitor } from './line.mjs';
import { picture } from './system.mjs';

const LONG = process.env.USHER_TEST_LONG !== undefined;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const says = (page, name, words) => until(`${name} says ${words}`, async () => (await part(page, name).textContent()).includes(words));

/** Tells the page frames that the test makes up, over the socket that the page opens. */
async function played(page, { path }) {
  let socket;
  await page.routeWebSocket(`**${path}/live`, (opened) => {
    socket = opened;
    opened.onClose(() => { if (socket === opened) socket = undefined; });
  });
  let tick = 1e9;
  return async (frame) => {
    await until('the page listens', () => socket);
    tick += 1;
    socket.send(JSON.stringify({ v: 1, tick, number: 4711, behind: 12, pace: 60, ...frame }));
    await page.waitForFunction((told) => document.getElementById('state').dataset.state === told, frame.state);
  };
}

/** Notes what screen readers are told, and when by the page's clock. */
const listen = (page) => page.addInitScript(() => {
  window.told = [];
  addEventListener('DOMContentLoaded', () => {
    for (const id of ['spoken', 'alert']) {
      const node = document.getElementById(id);
      new MutationObserver(() => window.told.push({ id, at: Date.now(), text: node.textContent })).observe(node, { childList: true });
    }
  });
});

test('prices, what is left, the organizer\'s words, a pause and its reason stand on the page and follow', async () => {
  const club = await line('Words and Prices');
  const page = await visitor(browser, PHONE);
  await stand(page, club);
  await says(page, 'prices', 'Tickets from €49.50 to €120.50');
  const tiers = await part(page, 'tiers').locator('li').allInnerTexts();
  assert.deepEqual(tiers.map((text) => text.split(/\s*\n\s*|\t/).filter(Boolean)), [
    ['Stalls', '€120.50', '1,200 left'], ['Standing', '€49.50', '2,000 left'],
  ]);
  await club.set({ message: 'The bar is open.' });
  await says(page, 'message', 'The bar is open.');
  await picture(page, '64-waiting');
  await club.step('pause', { reason: 'A string broke.' });
  await says(page, 'why', 'A string broke.');
  assert.equal(await part(page, 'wait').textContent(), 'until the line goes on');
  await picture(page, '65-paused');
  await club.step('resume');
  await until('the line goes on', async () => (await state(page)) === 'waiting');
  assert.equal(await part(page, 'why').isVisible(), false);
  assert.deepEqual(page.faults, []);
});

test('progress goes back only with a word why, in this page, in a tab beside it and after a reload', async () => {
  const club = await line('Forth and Back');
  const page = await visitor(browser);
  const tell = await played(page, club);
  await page.goto(up.gate + club.path);
  const progress = () => part(page, 'progress').evaluate((bar) => bar.value);
  const shows = (share, ahead) => until(`${share} of 100`, async () => (await progress()) === share && (await heard(page, club))?.now === ahead + 1);
  await tell({ state: 'waiting', ahead: 200 });
  await shows(0, 200);
  await tell({ state: 'waiting', ahead: 100 });
  await shows(50, 100);
  assert.equal(await part(page, 'message').isVisible(), false);
  await tell({ state: 'waiting', ahead: 150, reason: 'lineRestored' });
  await shows(25, 150);
  await says(page, 'message', 'The line was restored after a fault.');
  await tell({ state: 'waiting', ahead: 140 });
  await shows(30, 140);
  await says(page, 'message', 'The line was restored after a fault.');
  // What was missed while nobody listened is explained as well as can be.
  await tell({ state: 'waiting', ahead: 160 });
  await says(page, 'message', 'more people came to be ahead of you');
  await page.reload();
  await tell({ state: 'waiting', ahead: 160 });
  await shows(20, 160);
  await tell({ state: 'waiting', ahead: 0 });
  await shows(100, 0);
});

test('check 17: in five minutes three to eight things are said, none soon after another, and a turn at once', async () => {
  const club = await line('Quiet Please');
  const page = await visitor(browser);
  await page.clock.install();
  await listen(page);
  const tell = await played(page, club);
  await page.goto(up.gate + club.path);
  await page.waitForFunction(() => document.documentElement.dataset.runs);
  for (let seconds = 0; seconds < 300; seconds += 5) {
    const paused = seconds >= 120 && seconds < 140;
    await tell({ state: paused ? 'paused' : 'waiting', ahead: Math.floor(2000 * 0.98 ** seconds), ...(paused ? { why: 'A break' } : {}) });
    await page.clock.fastForward(5000);
  }
  const said = await page.evaluate(() => window.told);
  console.log(`check 17: ${said.map(({ text }) => text).join(' | ')}`);
  assert.ok(said.length >= 3 && said.length <= 8, `${said.length} announcements`);
  for (let i = 1; i < said.length; i += 1) assert.ok(said[i].at - said[i - 1].at >= 10_000, JSON.stringify(said));
  assert.ok(said.every(({ id }) => id === 'spoken'));
  const before = await page.evaluate(() => Date.now());
  await tell({ state: 'called', claimBy: new Date(before + 90_000).toISOString(), event: club.event });
  const alert = await until('the alert', () => page.evaluate(() => window.told.find(({ id }) => id === 'alert')));
  assert.equal(alert.text, 'It is your turn: Quiet Please');
  assert.ok(alert.at - before <= 1000, `${alert.at - before} ms`);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.test), 'claim');
});

/** What the page plays and shows is noted instead; nothing is heard in a test. */
const notice = (page) => page.addInitScript(() => {
  window.played = 0;
  window.shown = [];
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function begin(...given) { window.played += 1; return start.apply(this, given); };
  class Note { constructor(title, options) { window.shown.push({ title, ...options }); } }
  Note.permission = 'default';
  Note.requestPermission = async () => { Note.permission = window.answer ?? 'granted'; return Note.permission; };
  window.Notification = Note;
});

test('who asks for it hears a sound and is shown a notification when the turn comes', async () => {
  const club = await line('Loud and Clear', { settings: { maxActive: 2 }, still: false });
  await club.step('pause', { reason: 'Not yet.' });
  const page = await visitor(browser, PHONE);
  await notice(page);
  await page.goto(up.gate + club.path);
  await until('the first frame', () => heard(page, club));
  assert.equal(await page.evaluate(() => window.played), 0);
  await part(page, 'sound').check();
  await until('a first sound', () => page.evaluate(() => window.played === 6));
  await page.evaluate(() => { window.answer = 'denied'; });
  await part(page, 'notify').click();
  await until('the browser refuses', async () => (await page.locator('#blocked').textContent()).length > 0);
  assert.equal(await part(page, 'notify').isChecked(), false);
  await page.evaluate(() => { window.answer = 'granted'; });
  await part(page, 'notify').click();
  await until('it is granted', () => part(page, 'notify').isChecked());
  await picture(page, '66-alerts');
  await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true }));
  await club.step('resume');
  await part(page, 'claim').waitFor();
  await until('the sound', () => page.evaluate(() => window.played === 12));
  assert.deepEqual(await page.evaluate(() => window.shown), [{ title: 'It is your turn: Loud and Clear', tag: club.roomId }]);
  assert.equal(await page.title(), 'It is your turn: Loud and Clear');
  await picture(page, '67-turn');
  assert.deepEqual(page.faults, []);
});

test('a wish for a sound outlives a reload, and waits for the first touch', async () => {
  const club = await line('Once More');
  const page = await visitor(browser);
  await notice(page);
  await stand(page, club);
  await part(page, 'sound').check();
  await page.reload();
  await until('the first frame', () => heard(page, club));
  await page.locator('h1').click();
  await until('it is on again', () => part(page, 'sound').isChecked());
  await part(page, 'sound').uncheck();
  await page.reload();
  await page.locator('h1').click();
  assert.equal(await part(page, 'sound').isChecked(), false);
});

test('check 35: a tab that was hidden for six minutes is called within two seconds, over events', async () => {
  const club = await line('Behind the Others', { still: false });
  await club.step('pause', { reason: 'Not yet.' });
  const page = await visitor(browser);
  await page.clock.install();
  await listen(page);
  await page.routeWebSocket(`**${club.path}/live`, (opened) => opened.close());
  await page.goto(up.gate + club.path);
  await until('the first frame', () => heard(page, club));
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true });
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  // Six minutes in which no timer of the page runs: what comes has to come by the link.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 360_000));
  await club.step('resume');
  const stepped = Date.now();
  await until('the title', async () => (await page.title()) === 'It is your turn: Behind the Others');
  const took = Date.now() - stepped;
  console.log(`check 35: called ${took} ms after the line went on`);
  if (LONG) assert.ok(took <= 2000, `${took} ms`);
  const said = await page.evaluate(() => window.told);
  assert.ok(said.some(({ id, text }) => id === 'alert' && text === 'It is your turn: Behind the Others'), JSON.stringify(said));
});
