// The console in other languages: nothing on it is English, nothing is cut off, and a language that was chosen stays.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalogs } from '../src/console/words/parts.mjs';
import { desk, sale, wait } from './desk.mjs';
import { ask, launch, part, picture, until, up, visitor } from './system.mjs';

const LOCALES = { de: 'de-DE', ja: 'ja-JP' };
const folder = fileURLToPath(new URL('../src/console', import.meta.url));

/** What is said otherwise in a language, as patterns of what stands on a page. Where words of others stand in a sentence, it must have some of its own. */
function english(language) {
  const all = Object.entries(Object.assign({}, ...Object.values(catalogs(folder, language)))).filter(([said, translation]) => said !== translation);
  return all.flatMap(([said]) => said.split('|')).flatMap((said) => {
    const pieces = said.split(/\{(\w+)\}/);
    const blank = (name) => (/^(n|m|s|h)$/.test(name) ? '[\\d.,]+' : '.+');
    const letters = pieces.filter((_, index) => index % 2 === 0).join('').replace(/\P{L}/gu, '').length;
    if (letters < (pieces.some((piece, index) => index % 2 === 1 && blank(piece) === '.+') ? 8 : 2)) return [];
    return [`^${pieces.map((piece, index) => (index % 2 === 1 ? blank(piece) : piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('')}$`];
  });
}

/** What people read or hear on a page, and is English. */
const foreign = (page, patterns) => page.evaluate((all) => {
  const known = all.map((pattern) => new RegExp(pattern, 'u'));
  const read = new Set([document.title]);
  for (const node of document.querySelectorAll('body *')) {
    if (node.closest('script, code, .languages')) continue;
    const texts = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => child.data);
    const whole = texts.length > 0 ? [node.textContent] : [];
    for (const text of [...texts, ...whole, ...['aria-label', 'title', 'placeholder'].map((name) => node.getAttribute(name) ?? '')]) read.add(text.trim());
  }
  return [...read].filter((text) => known.some((pattern) => pattern.test(text)));
}, patterns);

/** What is wider than the window. */
const wide = (page) => page.evaluate(() => {
  const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const cut = [...document.querySelectorAll('button, .tile, .pill, .tabs a, .links a, h1, h2, label, .field > span, summary')]
    .filter((node) => node.checkVisibility() && !node.closest('.scroll, .vh') && !node.matches('.vh') && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline');
  return [...(over > 0 ? [`${over} px too wide`] : []), ...cut.map((node) => node.outerHTML.slice(0, 120))];
});

let browser;
let token;
let live;
let draw;
before(async () => {
  browser = await launch();
  ({ token } = await ask('POST', '/account/sign-in', up.organizer));
  live = await sale(token, 'Zwölf 十二');
  const { tiers: [floor] } = await ask('GET', `/event/${live.eventId}`, undefined, token);
  await ask('POST', `/event/${live.eventId}/allocation`, { kind: 'boxOffice', label: 'A', tier: floor.tierId, quantity: 3, paidBy: 'cash', email: 'a@example.com' }, token);
  await ask('POST', `/event/${live.eventId}/door`, { name: 'A1', hours: 2 }, token);
  await wait(live.roomId, 12);
  draw = await sale(token, 'Los 籤', { order: 'draw', state: 'lobby' });
});
after(() => browser?.close());

const pages = () => [
  ['/console', 'events'], [`/console/room/${live.roomId}`, 'log-entry'], [`/console/room/${live.roomId}#line`, 'lanes'], [`/console/room/${live.roomId}#openings`, 'openings'],
  [`/console/room/${live.roomId}#shield`, 'shield'], [`/console/room/${draw.roomId}#draw`, 'draw'], [`/console/event/${live.eventId}`, 'report-rows'],
  ['/console/webhooks', 'hook-form'], ['/console/team', 'team'], ['/console/audit', 'audit-rows'], ['/console/demo', 'demo-form'],
];

for (const [language, locale] of Object.entries(LOCALES)) {
  test(`no page of the console says anything in English to who reads ${language}, and none is too wide`, async () => {
    const patterns = english(language);
    for (const width of [390, 1280]) {
      const page = await desk(browser, '/console', up.organizer, { locale, viewport: { width, height: 900 } });
      await part(page, 'events').locator('tr').first().waitFor();
      for (const [at, there] of pages()) {
        await page.goto(up.gate + at);
        await page.reload();
        await part(page, there).first().waitFor();
        await until('it is filled', async () => (await page.locator('main > p[role=status]').count()) === 0);
        // All that opens is open.
        await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
        assert.equal(await page.evaluate(() => document.documentElement.lang), language);
        assert.deepEqual(await foreign(page, patterns), [], `${at}, ${width}`);
        assert.deepEqual(await wide(page), [], `${at}, ${width}`);
        await picture(page, `80-console-${language}-${width}-${at.replace(/^\/console\/?/, '').replace(/[0-9a-f-]{36}/, '').replace(/\W+/g, '-') || 'home'}`);
      }
      assert.deepEqual(page.faults, []);
      await page.context().close();
    }
  });

  test(`what is asked, refused and found wrong is said in ${language}`, async () => {
    const patterns = english(language);
    const page = await visitor(browser, { locale });
    await page.goto(`${up.gate}/console`);
    await part(page, 'email').fill(up.organizer.email);
    await part(page, 'password').fill('Not the password of anybody');
    await part(page, 'sign-in').click();
    await part(page, 'problem').waitFor();
    assert.deepEqual(await foreign(page, patterns), [], 'a password that is wrong');
    assert.doesNotMatch(await part(page, 'problem').textContent(), /\b(is|the|not)\b/i);
    await part(page, 'password').fill(up.organizer.password);
    await part(page, 'sign-in').click();
    await part(page, 'events').waitFor();
    await page.goto(`${up.gate}/console/room/${live.roomId}`);
    await part(page, 'log-entry').first().waitFor();
    await page.locator('details:has([data-test=reject]) > summary').click();
    await part(page, 'reject').click();
    await part(page, 'steps').locator('[data-test=problem]').waitFor();
    await part(page, 'reason').fill('…');
    await part(page, 'reject').click();
    await part(page, 'ask').waitFor();
    assert.deepEqual(await foreign(page, patterns), [], 'what is asked before');
    const lines = await part(page, 'ask').locator('li').allTextContents();
    assert.ok(lines.length >= 2 && lines.every((line) => !/\b(who|are|and|the)\b/i.test(line)), lines.join(' '));
    await picture(page, `81-ask-${language}`);
    await part(page, 'ask-no').click();
    await page.goto(`${up.gate}/console/room/${live.eventId}`);
    await part(page, 'problem').waitFor();
    assert.deepEqual(await foreign(page, patterns), [], 'a room that there is not');
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test('another language is chosen where one stands, and stays; English loads no words', async () => {
  const page = await desk(browser, '/console');
  await part(page, 'events').waitFor();
  const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').map((one) => one.name).filter((name) => /\/words-[a-z]{2}-/.test(name)));
  assert.deepEqual(await loaded(), []);
  await page.goto(`${up.gate}/console/room/${live.roomId}#shield`);
  await part(page, 'shield').waitFor();
  assert.deepEqual(await loaded(), []);
  await page.locator('.languages a[hreflang=es]').click();
  await part(page, 'shield').waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
  assert.match(await part(page, 'shield').locator('h2').textContent(), /^Protección$/);
  assert.equal((await loaded()).length, 3, 'words of all pages, of the room and of its tabs');
  await page.goto(`${up.gate}/console`);
  await part(page, 'events').waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
  assert.deepEqual(page.faults, []);
});
