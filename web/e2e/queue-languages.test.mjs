// The pages of the line in all their languages: which one is spoken, that the script says what the server said, and that it fits.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { everywhere, heard, launch, line, part, somebody, stand, until, up, visitor } from './line.mjs';
import { picture } from './system.mjs';

const LANGUAGES = { en: 'en-GB', de: 'de-DE', es: 'es-MX', pt: 'pt-BR', ja: 'ja-JP' };
const table = JSON.parse(readFileSync(fileURLToPath(new URL('../../crates/words/src/format/data/intl.json', import.meta.url)), 'utf8'));
let browser;
let club;
before(async () => {
  browser = await launch();
  club = await line('Babel', {
    tiers: [
      { name: 'Stalls', price: 123_450, generalAdmission: true, quantity: 1200 },
      { name: 'Standing', price: 4950, generalAdmission: true, quantity: 12_345 },
    ],
  });
  await club.step('pause', { reason: 'A break.' });
  // Whichever gate answers has the prices and the pause in the first HTML.
  const fan = somebody();
  await fan('POST', `${club.path}/place`, {});
  const json = { accept: 'application/json', cookie: fan.cookie() };
  await everywhere('prices and the pause', `${club.path}/place`, ({ text }) => text.includes('"tiers"') && text.includes('A break.'), json);
  await fan('DELETE', `${club.path}/place`);
});
after(() => browser?.close());

test('check 30: a browser writes numbers, plurals, money and times as the server does', async () => {
  const page = await visitor(browser);
  await page.goto(up.gate + club.path);
  const theirs = await page.evaluate(({ counts, amounts, instants, languages }) => Object.fromEntries(Object.entries(languages).map(([code, { tag }]) => {
    const time = (options) => instants.map((at) => new Date(at).toLocaleString(tag, { timeZone: 'UTC', ...options }));
    const short = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' };
    return [code, {
      tag,
      counts: counts.map((count) => count.toLocaleString(tag)),
      plurals: counts.map((count) => new Intl.PluralRules(tag).select(count)),
      money: amounts.map(([minor, currency]) => {
        const format = new Intl.NumberFormat(tag, { style: 'currency', currency });
        return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
      }),
      date: time({ dateStyle: 'full' }),
      dateShort: time(short),
      clock: time({ timeStyle: 'short' }),
      both: time({ dateStyle: 'full', timeStyle: 'short' }),
      bothShort: time({ ...short, hour: '2-digit', minute: '2-digit' }),
    }];
  })), table);
  assert.deepEqual(theirs, table.languages);
});

test('check 30: the page speaks the browser\'s language, or the one that was chosen, on all pages', async () => {
  for (const [code, locale] of Object.entries(LANGUAGES)) {
    const page = await visitor(browser, { locale });
    const answer = await page.goto(up.gate + club.path);
    assert.equal(await page.evaluate(() => document.documentElement.lang), code);
    assert.equal(answer.headers()['content-language'], code);
    assert.match(answer.headers().vary, /accept, accept-language/);
    await page.context().close();
  }
  const page = await visitor(browser, { locale: 'fr-FR' });
  await page.goto(up.gate + club.path);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await part(page, 'languages').getByText('Deutsch').click();
  await until('it is German', () => page.evaluate(() => document.documentElement.lang === 'de'));
  await page.goto(`${up.gate}${club.path}/entry`);
  assert.match(await page.title(), /^In die Schlange/);
  await page.goto(`${up.gate}/queue/${club.event}`);
  assert.equal(await part(page, 'problem').textContent(), 'Diesen Warteraum gibt es nicht.');
});

test('check 30: the script says the same words as the server', async () => {
  const parts = ['state', 'position', 'ahead', 'behind', 'wait', 'pace', 'why', 'prices', 'tiers'];
  const pages = [];
  for (const [code, locale] of Object.entries(LANGUAGES)) {
    const page = await visitor(browser, { locale });
    const html = await (await page.goto(up.gate + club.path)).text();
    await until('the first frame', () => heard(page, club));
    const [served, live] = await page.evaluate(([text, ids]) => [new DOMParser().parseFromString(text, 'text/html'), document]
      .map((one) => ids.map((id) => one.getElementById(id).textContent)), [html, parts]);
    assert.deepEqual(live, served, code);
    assert.ok(live.every((text) => text.length > 0), `${code}: ${live}`);
    pages.push(page);
  }
  await Promise.all(pages.map((page) => page.context().close()));
});

/** What is wider than the window, or cut off. */
const clipped = (page) => page.evaluate(() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const cut = [...document.querySelectorAll('main *, nav *, header *')].filter((node) => {
    if (!node.checkVisibility() || node.closest('.unseen') || node.matches('input, progress')) return false;
    const { left, right } = node.getBoundingClientRect();
    return right > innerWidth + 0.5 || left < -0.5 || (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== 'visible');
  });
  return [...(wide > 0 ? [`${wide} px too wide`] : []), ...cut.map((node) => node.outerHTML.slice(0, 120))];
});

const STATES = ['waiting', 'paused', 'called', 'active', 'lobby', 'drawing', 'free', 'soldOut', 'ended', 'proving', 'unknown'];

test('check 30: no text is cut off at 320 px, in any language or state, nor where words are half as long again, nor from right to left', async () => {
  for (const [code, locale] of Object.entries(LANGUAGES)) {
    const page = await visitor(browser, { locale, viewport: { width: 320, height: 640 } });
    await stand(page, club);
    await part(page, 'leaving').click();
    await picture(page, `68-small-${code}`);
    for (const state of STATES) {
      await page.evaluate((name) => { document.getElementById('place').dataset.state = name; }, state);
      assert.deepEqual(await clipped(page), [], `${code} ${state}`);
    }
    for (const path of [`${club.path}/entry`, `${club.path}?mail=ask`, `/queue/${club.event}`]) {
      await page.goto(up.gate + path);
      assert.deepEqual(await clipped(page), [], `${code} ${path}`);
    }
    await page.context().close();
  }
  const page = await visitor(browser, { viewport: { width: 320, height: 640 } });
  const draw = await line('Lots', { still: false, settings: { order: 'draw', state: 'lobby' } });
  await page.goto(up.gate + draw.path);
  assert.equal((await part(page, 'commitment').textContent()).length, 64);
  assert.deepEqual(await clipped(page), [], 'a lobby');
  await stand(page, club);
  // A language that there is not: longer words, with marks above and below.
  await page.evaluate(() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const { data, parentElement } = walk.currentNode;
      if (parentElement.tagName !== 'SCRIPT' && /\p{L}{2}/u.test(data)) walk.currentNode.data = data.replace(/\p{L}+/gu, (word) => `${word}ẽỹ${word.slice(0, word.length / 3)}`);
    }
  });
  await picture(page, '69-longer');
  assert.deepEqual(await clipped(page), [], 'half as long again');
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  await picture(page, '70-right-to-left');
  assert.deepEqual(await clipped(page), [], 'from right to left');
  const sides = await page.evaluate(() => getComputedStyle(document.querySelector('.tiers')).textAlign);
  assert.equal(sides, 'start');
});
