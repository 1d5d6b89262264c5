// Takes the pictures of docs/ from a system with the demo data that nobody else plays with: cargo xtask screenshots.
// The scene is the same each time; only the times of day in it are not.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { desk } from './desk.mjs';
import { reduced } from './palette.mjs';
import { launch, organizer, part, pay, until, up, visitor } from './system.mjs';

const AHEAD = 283;
const BEHIND = 406;
/** So many of those ahead show that they are there, or nobody would be called. */
const LIVE = 120;
/** The most bytes of a picture. */
const LARGEST = 150_000;
const { arena: room } = up.rooms;
const { arena: event } = up.events;

async function keep(page, name, colours = 256) {
  const png = await reduced(page, await page.screenshot({ animations: 'disabled' }), colours);
  if (png.length > LARGEST) throw new Error(`docs/${name}.png has ${png.length} bytes`);
  writeFileSync(fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url)), png);
  console.log(`docs/${name}.png ${png.length}`);
}

/** Takes a place as a visitor without a browser, and answers with their cookie; waits when the gate says so. */
async function join() {
  for (;;) {
    const answer = await fetch(`${up.gate}/queue/${room}/place`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    if (answer.ok) return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
    await new Promise((later) => setTimeout(later, 1000 * Number(answer.headers.get('retry-after') ?? 1)));
  }
}

async function joinAll(count) {
  let left = count;
  await Promise.all(Array.from({ length: 16 }, async () => { while (left-- > 0) await join(); }));
}

const steering = await organizer();
const browser = await launch();
const window = { viewport: { width: 1000, height: 700 }, deviceScaleFactor: 1.5, colorScheme: 'light' };

// A fan to whom nobody is in the way: the hall, the checkout, the ticket.
const fan = await visitor(browser, { ...window, deviceScaleFactor: 1 });
await fan.goto(`${up.gate}/e/${event}`);
await part(fan, 'claim').click();
await fan.waitForURL(`**/e/${event}`);
await part(fan, 'map').waitFor();
await part(fan, 'quantity').first().selectOption('2');
await part(fan, 'best').click();
await fan.locator('[data-test=held] li').nth(1).waitFor();
// The whole hall, and the two in it.
await fan.setViewportSize({ width: 1000, height: 860 });
await part(fan, 'zoom-all').evaluate((button) => button.click());
await part(fan, 'hall').evaluate((hall) => hall.scrollIntoView({ block: 'start' }));
// The hall is drawn until it has come to rest.
await until('it stands still', async () => { const one = await fan.screenshot(); await fan.evaluate(() => new Promise(requestAnimationFrame)); return one.equals(await fan.screenshot()); });
await keep(fan, 'seat-map', 96);
await fan.setViewportSize(window.viewport);
await part(fan, 'reserve').click();
await fan.waitForURL('**/checkout/**');
await keep(fan, 'checkout');
await pay(fan, 'ada@example.com');
await keep(fan, 'ticket');

// The line.
await steering.pause(room, 'The picture is taken.');
const front = [];
for (let count = 0; count < LIVE; count += 1) front.push(await join());
let watching = true;
const staying = (async () => {
  while (watching) for (const cookie of front) await fetch(`${up.gate}/queue/${room}/place`, { headers: { cookie } });
})();
await joinAll(AHEAD - LIVE);
const page = await visitor(browser, { ...window, viewport: { width: 1000, height: 760 } });
await page.goto(`${up.gate}/e/${event}`);
await part(page, 'position').waitFor();
await joinAll(BEHIND);
await steering.resume(room);
// Some calls must have gone by before the page says how long it takes.
await page.waitForFunction(() => parseInt(document.getElementById('pace').textContent, 10) >= 60, undefined, { timeout: 120_000 });
await keep(page, 'queue-page');

// The same from the organizer's side.
const console_ = await desk(browser, `/console/room/${room}`, up.organizer, { ...window, viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1 });
await until('the numbers come', async () => (await part(console_, 'connection').textContent()).startsWith('live'));
await until('it is forecast', async () => (await part(console_, 'now-p50').textContent()) !== '–');
await console_.locator('[data-test=plot-line] canvas').waitFor();
// A line of plots wants more than one moment.
await until('some seconds are drawn', async () => (await console_.evaluate(() => performance.now())) > 20_000);
await keep(console_, 'console-room');
await console_.goto(`${up.gate}/console/event/${event}`);
await part(console_, 'report-rows').waitFor();
await keep(console_, 'console-event');
watching = false;
await staying;
await browser.close();
