// What axe finds on the queue page and beside it: in each state, in light, in dark, and in colours that the reader forces.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { heard, launch, line, part, stand, state, until, up, visitor } from './line.mjs';
import { picture } from './system.mjs';

const LOOKS = [{ colorScheme: 'light', forcedColors: 'none' }, { colorScheme: 'dark', forcedColors: 'none' }, { colorScheme: 'light', forcedColors: 'active' }, { colorScheme: 'dark', forcedColors: 'active' }];
/** Those that the page shows, as its style names them. */
const STATES = ['waiting', 'paused', 'called', 'active', 'lobby', 'drawing', 'free', 'soldOut', 'ended', 'proving', 'unknown'];

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

async function looked(page, what) {
  for (const look of LOOKS) {
    await page.emulateMedia(look);
    await axe(page, `${what}, ${Object.values(look).join(' ')}`);
  }
}
const turned = (page, to) => until(`the page is ${to}`, async () => (await state(page)) === to);

test('check 12: axe finds nothing on the queue page, in any state that a line goes through', async () => {
  const calm = await line('Axe');
  const page = await visitor(browser, { viewport: { width: 390, height: 844 } });
  await stand(page, calm);
  await turned(page, 'waiting');
  await part(page, 'leaving').click();
  await looked(page, 'waiting');
  await calm.step('pause', { reason: 'The piano is tuned.' });
  await turned(page, 'paused');
  await looked(page, 'paused');
  await calm.step('resume');
  await calm.step('drain');
  await turned(page, 'soldOut');
  await looked(page, 'soldOut');
  await picture(page, '71-sold-out-forced-colors');
  await calm.step('reopen');
  await turned(page, 'waiting');
  // Beside it: mails, codes, friends, the link with its picture.
  await page.goto(`${up.gate}${calm.path}?mail=ask`);
  await looked(page, 'mail form');
  await page.goto(`${up.gate}${calm.path}/entry`);
  await looked(page, 'entry');
  await part(page, 'make-party').click();
  await part(page, 'party-qr').waitFor();
  await looked(page, 'the link of a place');
  await page.goto(`${up.gate}${calm.path}`);
  await until('a frame', () => heard(page, calm));
  await calm.step('close');
  await turned(page, 'ended');
  await looked(page, 'ended');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('check 12: axe finds nothing where one is called, inside, in a lobby, or told of a problem', async () => {
  const open = await line('Axe: open', { still: false, settings: { maxActive: 50 } });
  const page = await visitor(browser);
  await page.goto(up.gate + open.path);
  await turned(page, 'called');
  await looked(page, 'called');
  await part(page, 'claim').click();
  await page.waitForURL(`**/e/${open.event}`);
  await page.goto(up.gate + open.path);
  await turned(page, 'active');
  await looked(page, 'active');
  const draw = await line('Axe: draw', { still: false, settings: { order: 'draw', state: 'scheduled' } });
  await page.goto(up.gate + draw.path);
  await part(page, 'problem').waitFor();
  await looked(page, 'a lobby that is not open');
  await draw.step('lobby');
  await until('the lobby', async () => {
    await page.goto(up.gate + draw.path);
    return (await part(page, 'state').count()) > 0 && (await state(page)) === 'lobby';
  });
  await looked(page, 'lobby');
  await page.goto(`${up.gate}/queue/${open.event}`);
  await part(page, 'problem').waitFor();
  await looked(page, 'an unknown room');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('check 12: axe finds nothing in what the style shows in states that pass quickly', async () => {
  const calm = await line('Axe: shown');
  const page = await visitor(browser, { viewport: { width: 390, height: 844 } });
  await stand(page, calm);
  for (const name of STATES) {
    await page.evaluate((to) => { document.getElementById('place').dataset.state = to; }, name);
    await looked(page, `shown as ${name}`);
  }
  await page.context().close();
});
