// A room in its organizer's colours, the look of it before fans see it, and the element on a site of the organizer's own.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { axe } from './axe.mjs';
import { desk } from './desk.mjs';
import { everywhere, launch, line, part, raw, somebody, stand, until, up, visitor } from './line.mjs';
import { ask, picture } from './system.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
const DARK = { colorScheme: 'dark' };
let browser;
let token;
let calm;
before(async () => {
  browser = await launch();
  ({ token } = await ask('POST', '/account/sign-in', up.organizer));
  calm = await line('The Harbour Nights');
});
after(() => browser?.close());

function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** A PNG of a mark and a bar, as logos are. */
function logo(width = 440, height = 96) {
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Buffer.alloc(1 + 4 * width);
    for (let x = 0; x < width; x += 1) {
      const mark = Math.hypot(x - 48, y - 48) < 44 && Math.hypot(x - 48, y - 48) > 22;
      const bar = x > 120 && y > 30 && y < 66 && (x - 120) % 54 < 40;
      if (mark || bar) row.set([0x0b, 0x3d, 0x5c, 255], 1 + 4 * x);
    }
    return row;
  });
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 6], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0)),
  ]);
}

const WELCOME = {
  en: 'Two nights at the old shipyard, with all that the harbour has to say.\nDoors open at seven.',
  de: 'Zwei Nächte in der alten Werft, mit allem, was der Hafen zu sagen hat.\nEinlass ist um sieben.',
};
const RULES = { en: 'Four tickets for each of you. Tickets bear a name.', de: 'Vier Karten für jeden. Auf jeder steht ein Name.' };

/** Gives the room this look, on all gates: they are known by its name, which no other look of the room has. */
async function brand(room, look) {
  const { version } = await room.read();
  const { name = '' } = look;
  await ask('PUT', `/room/${room.roomId}/brand`, { version, brand: look }, token);
  await everywhere('the look is known', `${room.path}/entry`, ({ text }) => text.includes(`data-test="brand">${name || 'Usher'}<`) || text.includes(`alt="${name}"`));
}

async function send(room, bytes, media = 'image/png') {
  const answer = await fetch(`${up.gate}/room/${room.roomId}/logo`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': media }, body: bytes });
  return { status: answer.status, ...(await answer.json()) };
}

const look = {
  name: 'Harbour Hall', accent: '#ffd400', link: 'https://harbour.example/', texts: {
    en: { welcome: WELCOME.en, rules: RULES.en, help: 'https://harbour.example/help' }, de: { welcome: WELCOME.de, rules: RULES.de },
  },
};

/** Somebody at the page; what its policy forbids is a fault. */
async function fan(options) {
  const page = await visitor(browser, options);
  page.on('console', (said) => { if (/Content Security Policy|Refused to/.test(said.text())) page.faults.push(said.text()); });
  return page;
}

test('a page in the colours of its organizer is read by day, by night and on a phone', async () => {
  const sent = await send(calm, logo());
  assert.equal(sent.status, 201);
  await brand(calm, { ...look, logo: sent.logo });
  for (const [name, options] of [['day', {}], ['night', DARK], ['phone', PHONE], ['phone-night', { ...PHONE, ...DARK }]]) {
    const page = await fan({ locale: 'en-GB', ...options });
    await stand(page, calm);
    const shown = part(page, 'brand').locator('img');
    await until('the logo is there', () => shown.evaluate((image) => image.complete && image.naturalWidth === 440));
    assert.equal(await shown.getAttribute('alt'), 'Harbour Hall');
    assert.equal(await part(page, 'welcome').textContent(), WELCOME.en);
    assert.equal(await part(page, 'help').getAttribute('href'), 'https://harbour.example/help');
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).borderTopColor), 'rgb(255, 212, 0)');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, 'nothing sticks out');
    await axe(page, name);
    await picture(page, `80-brand-${name}`);
    await page.goto(`${up.gate}${calm.path}/entry`);
    await axe(page, `${name}, the page beside`);
    await picture(page, `81-brand-entry-${name}`);
    assert.deepEqual(page.faults, []);
  }
});

test('its texts are those of the reader’s language, and a language that is not offered falls back', async () => {
  await brand(calm, { ...look, name: 'Harbour House', languages: ['en', 'de'], language: 'de' });
  const page = await fan({ locale: 'de-DE' });
  await stand(page, calm);
  assert.equal(await part(page, 'welcome').textContent(), WELCOME.de);
  const links = await part(page, 'languages').locator('a').allTextContents();
  assert.deepEqual(links, ['English', 'Deutsch']);
  await part(page, 'languages').locator('a', { hasText: 'English' }).click();
  await until('it is English', async () => (await part(page, 'rules').textContent()) === RULES.en);
  const japanese = await fan({ locale: 'ja-JP' });
  await stand(japanese, calm);
  assert.equal(await japanese.locator('html').getAttribute('lang'), 'de');
  assert.deepEqual([...page.faults, ...japanese.faults], []);
});

test('a page in colours stays within 14 kB without its logo, and within 30 kB with the largest of everything', async () => {
  // As heads and bodies come over the wire.
  const weigh = async () => {
    const page = await visitor(browser, PHONE);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Network.enable');
    const [names, sizes] = [new Map(), new Map()];
    cdp.on('Network.requestWillBeSent', ({ requestId, request }) => { if (request.url.startsWith('http')) names.set(requestId, new URL(request.url).pathname); });
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (names.has(requestId)) sizes.set(names.get(requestId), encodedDataLength); });
    await stand(page, calm);
    await until('all is loaded', () => sizes.size === names.size);
    const all = [...sizes];
    const isLogo = ([path]) => path.endsWith('.png');
    const sum = (some) => some.reduce((total, [, size]) => total + size, 0);
    return { page: sum(all.filter((one) => !isLogo(one))), logo: sum(all.filter(isLogo)) };
  };
  const usual = await send(calm, logo());
  await brand(calm, { ...look, name: 'Harbour Stage', logo: usual.logo });
  const light = await weigh();
  console.log(`in colours: ${light.page} bytes, and a logo of ${light.logo}`);
  assert.ok(light.page <= 14 * 1024, `${light.page} bytes`);
  // The largest logo, and texts that hardly pack.
  const noise = (count) => Array.from({ length: count }, () => String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000))).join('');
  const most = logo().subarray(0, -12);
  const fill = Buffer.concat([Buffer.from([0, 0, 0, 0]), Buffer.from('teSt'), Buffer.from(crypto.getRandomValues(new Uint8Array(12 * 1024 - most.length - 24)))]);
  fill.writeUInt32BE(fill.length - 8);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc(fill.subarray(4)));
  const largest = await send(calm, Buffer.concat([most, fill, sum, logo().subarray(-12)]));
  assert.equal(largest.status, 201, JSON.stringify(largest));
  assert.equal(largest.bytes, 12 * 1024);
  await brand(calm, { ...look, name: 'Harbour Yard', logo: largest.logo, texts: { en: { welcome: noise(500), rules: noise(1000), help: `https://harbour.example/${'x'.repeat(270)}` } } });
  const heavy = await weigh();
  console.log(`with the largest of everything: ${heavy.page} bytes, and a logo of ${heavy.logo}`);
  assert.ok(heavy.page + heavy.logo <= 30 * 1024, `${heavy.page + heavy.logo} bytes`);
});

test('an organizer looks at a look before fans see it, and takes it back', async () => {
  const room = await line('The Quiet Pier');
  const page = await desk(browser, `/console/room/${room.roomId}#look`);
  await part(page, 'look-name').fill('Pier Nine');
  await part(page, 'look-accent').fill('#c2185b');
  await part(page, 'look-logo').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: logo() });
  await part(page, 'look-picture').waitFor();
  await part(page, 'texts-in').selectOption('de');
  await part(page, 'look-welcome').fill(WELCOME.de);
  await part(page, 'look-scene').selectOption('called');
  const [seen] = await Promise.all([page.context().waitForEvent('page'), part(page, 'look-see').click()]);
  await seen.waitForURL('**/brand/preview?**');
  assert.equal(await part(seen, 'state').getAttribute('data-state'), 'called');
  assert.equal(await part(seen, 'welcome').textContent(), WELCOME.de);
  assert.equal(await part(seen, 'brand').locator('img').getAttribute('alt'), 'Pier Nine');
  await axe(seen, 'the look before');
  await picture(seen, '82-look-called');
  // Every other scene is a link away.
  for (const at of ['waiting', 'soldOut', 'entry']) {
    await part(seen, 'seen').locator(`a[href*="state=${at}&"]`).click();
    await seen.waitForURL(`**state=${at}&**`);
    await axe(seen, at);
    await picture(seen, `82-look-${at}`);
  }
  assert.ok(!(await raw(room.path)).text.includes('Pier Nine'), 'no fan sees it');
  const { waiting, away } = (await room.read()).live;
  assert.equal(waiting + away, 1, 'the one place is that of who looked just now, not of the preview');
  // Without the link nobody sees it, and a stranger with it does.
  const link = new URL(await part(page, 'look-url').getAttribute('href'));
  const stranger = await visitor(browser, PHONE);
  await stranger.goto(link.href);
  await part(stranger, 'seen').waitFor();
  // A button does nothing: the policy of the page lets no form go anywhere.
  const stopped = await stranger.evaluate(() => new Promise((told) => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => told(effectiveDirective), { once: true });
    document.querySelector('[data-test=leave]').click();
  }));
  assert.equal(stopped, 'form-action');
  link.searchParams.set('token', link.searchParams.get('token').replace(/./, (one) => (one === 'A' ? 'B' : 'A')));
  await stranger.goto(link.href);
  assert.equal(await part(stranger, 'problem').getAttribute('data-kind'), 'bad-preview');

  await part(page, 'look-save').click();
  await until('fans see it', async () => (await raw(`${room.path}/entry`)).text.includes('Pier Nine'));
  await axe(page, 'the console');
  await picture(page, '83-console-look');
  await page.goto(`${up.gate}/console/room/${room.roomId}#live`);
  await until('the way back', async () => (await part(page, 'undo-words').textContent()).includes('look of before'));
  await part(page, 'undo').click();
  await everywhere('fans see it no more', `${room.path}/entry`, ({ text }) => !text.includes('Pier Nine'));
  assert.deepEqual(page.faults, []);
});

/** A site of the organizer's own, at another origin, with a policy of its own. */
async function site(html, policy) {
  const server = createServer((request, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
    answer.end(html);
  });
  await new Promise((then) => server.listen(0, '127.0.0.1', then));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

const FRAME = (body, lang = 'en') => `<!doctype html><html lang="${lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Harbour Hall</title><main><h1>Harbour Hall</h1>${body}</main></html>`;

test('the element shows a room on another site, keeps it true, and knows nobody', async () => {
  const room = await line('The Lighthouse');
  const { embed: { script, pinned, integrity }, queue } = await ask('GET', `/room/${room.roomId}/brand`, undefined, token);
  const strict = `default-src 'none'; script-src ${up.gate}; connect-src ${up.gate}`;
  const element = `<usher-queue room="${room.roomId}"><a data-test="plain" href="${queue}">Join the line</a></usher-queue>`;
  const host = await site(FRAME(`<script defer src="${script}"></script>${element}`), strict);
  try {
    for (let count = 0; count < 3; count += 1) await somebody()('POST', `${room.path}/place`, {});
    const page = await fan({});
    const asked = [];
    page.on('request', (request) => { if (request.url().endsWith('/public')) asked.push(request); });
    await page.goto(host.url);
    const box = page.locator('usher-queue');
    const says = (text) => until(text, async () => (await box.locator('div').innerText()).includes(text));
    await says('The line is open');
    await says('3 people are waiting');
    const go = box.locator('a.go');
    assert.equal(await go.getAttribute('href'), queue);
    assert.equal(await box.locator('a.mine').getAttribute('href'), queue);
    await axe(page, 'the element');
    await picture(page, '84-element');
    // It says what is so now, without anybody's doing; what is focused stays so.
    await go.focus();
    await room.step('pause', { reason: 'The lamp is being changed.' });
    await says('Paused');
    await says('The lamp is being changed.');
    assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement?.className), 'go');
    await picture(page, '85-element-paused');
    for (const request of asked) {
      const heads = await request.allHeaders();
      assert.ok(!heads.cookie && !heads.referer, JSON.stringify(heads));
    }
    // Who has a place sees it behind the link, and the site hears nothing of it.
    await go.click();
    await part(page, 'position').waitFor();
    await page.goBack();
    await says('Paused');
    assert.ok(!(await box.locator('div').innerText()).match(/4th|your position/i));
    assert.deepEqual(page.faults, []);
  } finally {
    host.close();
  }

  // One version, by its hash; in the language of the page, at night.
  const german = await site(FRAME(`<script defer src="${pinned}" integrity="${integrity}" crossorigin="anonymous"></script>${element}`, 'de'), strict);
  const forged = await site(FRAME(`<script defer src="${pinned}" integrity="${integrity.replace(/-./, '-A').replace(/-A(.)/, (_, one) => `-A${one === 'A' ? 'B' : 'A'}`)}" crossorigin="anonymous"></script>${element}`), strict);
  const without = await site(FRAME(element), "default-src 'none'");
  const blocked = await site(FRAME(`<script defer src="${script}"></script>${element}`), "default-src 'none'");
  const away = await site(FRAME(`<script defer src="${script}"></script>${element.replace(/room="[^"]*"/, 'room="0"')}`), strict);
  try {
    const page = await fan({ ...PHONE, ...DARK });
    await page.goto(german.url);
    await until('it speaks German', async () => /Personen warten/.test(await page.locator('usher-queue div').innerText()));
    await axe(page, 'the element by night');
    await picture(page, '86-element-night');
    assert.deepEqual(page.faults, []);
    const other = await visitor(browser);
    for (const { url } of [forged, without, blocked, away]) {
      await other.goto(url);
      await other.waitForLoadState('networkidle');
      assert.ok(await part(other, 'plain').isVisible(), 'the link stands there');
      assert.equal(await other.locator('usher-queue div').count(), 0);
    }
  } finally {
    for (const one of [german, forged, without, blocked, away]) one.close();
  }
});
