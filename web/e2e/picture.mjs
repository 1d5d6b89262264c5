// Takes docs/queue-page.png, the picture in the README, from a running system: node picture.mjs
import { fileURLToPath } from 'node:url';
import { launch, organizer, part, up, visitor } from './system.mjs';

const AHEAD = 1_283;
const LIVE = 240;
const BEHIND = 1_406;
const room = up.rooms.arena;

/** Takes a place as a visitor without a browser, and answers with their cookie; waits when the gate says so. */
async function join() {
  for (;;) {
    const answer = await fetch(`${up.gate}/queue/${room}/place`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}',
    });
    if (answer.ok) return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
    await new Promise((later) => setTimeout(later, 1000 * Number(answer.headers.get('retry-after') ?? 1)));
  }
}
async function join_all(count) {
  let left = count;
  await Promise.all(Array.from({ length: 32 }, async () => { while (left-- > 0) await join(); }));
}

/** Those at the front show that they are there, or nobody would be called. */
const front = [];
let watching = true;
async function stay() {
  while (watching) {
    for (const cookie of front) await fetch(`${up.gate}/queue/${room}/place`, { headers: { cookie } });
  }
}

const steering = await organizer();
await steering.pause(room, 'The picture is taken.');
const browser = await launch();
for (let count = 0; count < LIVE; count += 1) front.push(await join());
const staying = stay();
await join_all(AHEAD - LIVE);
const page = await visitor(browser, { viewport: { width: 1000, height: 760 }, deviceScaleFactor: 2 });
await page.goto(`${up.gate}/e/${up.events.arena}`);
await part(page, 'position').waitFor();
await join_all(BEHIND);
await steering.resume(room);
// Some calls must have gone by before the page says how long it takes.
const settled = () => parseInt(document.getElementById('pace').textContent, 10) >= 100;
await page.waitForFunction(settled, undefined, { timeout: 120_000 });
await page.screenshot({ path: fileURLToPath(new URL('../../docs/queue-page.png', import.meta.url)) });
watching = false;
await staying;
await browser.close();
