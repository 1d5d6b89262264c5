// The pages in five languages, by check 30 of the list of checks that pages are accepted by.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { hall, room, shown } from './halls.mjs';
import { launch, part, pay, picture, up, visitor } from './system.mjs';

const LANGUAGES = ['en', 'de', 'es', 'pt', 'ja'];
let browser;
let event;
before(async () => {
  browser = await launch();
  event = await hall('Check Thirty', room(4, 10));
});
after(() => browser?.close());

/** The sentences of a service in a language, by their keys. */
function catalog(service, language) {
  const lines = readFileSync(new URL(`../../${service}/src/pages/words/${language}.txt`, import.meta.url), 'utf8').split('\n');
  return new Map(lines.filter((line) => line.includes(' = ')).map((line) => [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)]));
}

/** What English says in at least three words where German says something else: between the blanks of all sentences. */
function english() {
  return ['booking-api', 'search-api'].flatMap((service) => {
    const german = catalog(service, 'de');
    return [...catalog(service, 'en')].filter(([key, text]) => german.get(key) !== text).flatMap(([, text]) => text.split(/\{\{ \w+ \}\}/))
      .map((piece) => piece.trim()).filter((piece) => piece.split(/\s+/).length >= 3);
  });
}

/** All that a person reads or hears on the page. */
const told = (page) => page.evaluate(() => {
  const said = ['aria-label', 'aria-roledescription', 'placeholder', 'alt', 'data-busy'];
  const heard = [...document.body.querySelectorAll('*')].flatMap((one) => said.map((name) => one.getAttribute(name) ?? ''));
  const read = [...document.body.querySelectorAll('*:not(script):not(style)')]
    .flatMap((one) => [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent));
  return [document.title, ...heard, ...read].join('\n');
});

/** What is wider than the window. */
const wide = (page) => page.evaluate(() => ({
  page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  parts: [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`),
}));

async function look(page, language, name) {
  assert.equal(await page.locator('html').getAttribute('lang'), language, name);
  assert.equal(await page.locator('[data-test=languages] a').count(), LANGUAGES.length, name);
  const { page: over, parts } = await wide(page);
  assert.equal(over, 0, `${name} in ${language} is wider than 320 px: ${parts.join('; ')}`);
  const text = await told(page);
  const found = english().filter((piece) => text.includes(piece));
  if (language === 'en') assert.ok(found.length > 0, `${name} says nothing that could be missed`);
  if (language === 'de') assert.deepEqual(found, [], `English on ${name}`);
  await picture(page, `30-${name}-${language}`);
}

test('check 30: all pages of a purchase in five languages, on 320 px', async () => {
  assert.ok(english().length > 100);
  for (const language of LANGUAGES) {
    const page = await visitor(browser, { viewport: { width: 320, height: 640 }, locale: language });
    await page.goto(`${up.gate}/`);
    await look(page, language, 'home');
    await page.goto(`${up.gate}/search?token=check`);
    await look(page, language, 'search');
    await page.goto(`${up.gate}/e/${event}`);
    await shown(page);
    await look(page, language, 'event');
    await part(page, 'show-list').click();
    await part(page, 'section').click();
    await part(page, 'best').click();
    await page.locator('[data-test=held] li').nth(1).waitFor();
    await look(page, language, 'list');
    await page.goto(await part(page, 'reserve').getAttribute('href').then((path) => up.gate + path));
    await look(page, language, 'checkout');
    await pay(page);
    await look(page, language, 'order');
    await part(page, 'ticket-page').first().click();
    await part(page, 'place').waitFor();
    await look(page, language, 'ticket');
    await page.goto(`${up.gate}/order`);
    await look(page, language, 'mine');
    for (const path of ['/ticket/accept', '/account/sign-in']) {
      await page.goto(up.gate + path);
      await look(page, language, path.split('/').pop());
    }
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test('check 30: a language that was chosen stays', async () => {
  const page = await visitor(browser, { locale: 'es' });
  await page.goto(`${up.gate}/search?token=check`);
  await page.locator('[data-test=languages] a[hreflang=de]').click();
  await page.waitForURL('**lang=de**');
  assert.match(page.url(), /token=check/);
  await page.goto(`${up.gate}/e/${event}`);
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  assert.match(await page.title(), /Check Thirty/);
});
