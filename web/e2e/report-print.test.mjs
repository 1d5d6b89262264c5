// The report of a sale on paper: what a browser prints of the page of an event.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desk, sale } from './desk.mjs';
import { ask, launch, part, picture, until, up } from './system.mjs';

let browser;
let token;
before(async () => {
  browser = await launch();
  ({ token } = await ask('POST', '/account/sign-in', up.organizer));
});
after(() => browser?.close());

/** A window on an event that was on sale for forty days: what was sold today, and the same before. */
async function sold(colorScheme) {
  const { eventId } = await sale(token, 'Paper and Ink');
  const { tiers: [floor] } = await ask('GET', `/event/${eventId}`, undefined, token);
  await ask('POST', `/event/${eventId}/allocation`, { kind: 'boxOffice', label: 'A', tier: floor.tierId, quantity: 3, paidBy: 'cash', email: 'a@example.com' }, token);
  const page = await desk(browser, '/console', up.organizer, { colorScheme });
  await part(page, 'events').waitFor();
  // A sale cannot be made to have begun in the past: days before are the real one again.
  await page.route(`**/event/${eventId}/sales`, async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    const [today] = told.rows;
    const day = (before) => new Date(Date.parse(today.day) - before * 86_400_000).toISOString().slice(0, 10);
    told.rows = Array.from({ length: 40 }, (_, index) => ({ ...today, day: day(39 - index), sold: 1 + (index % 7) }));
    await route.fulfill({ response: answer, json: told });
  });
  await page.goto(`${up.gate}/console/event/${eventId}`);
  await part(page, 'report-rows').waitFor();
  await until('the plots are drawn', async () => (await page.locator('.plot canvas').count()) === 3);
  return page;
}

for (const colorScheme of ['light', 'dark']) {
  test(`a report is printed on A4, black on white, with its plots, from a ${colorScheme} screen`, async () => {
    const page = await sold(colorScheme);
    const screen = await page.title();
    // What is drawn when the browser begins to print, after our own ear.
    await page.evaluate(() => addEventListener('beforeprint', () => queueMicrotask(() => queueMicrotask(() => {
      window.printed = { title: document.title, plots: [...document.querySelectorAll('.plot canvas')].map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let [ink, bright, gray] = [0, 0, true];
        for (let at = 0; at < data.length; at += 4) {
          if (data[at + 3] < 128) continue;
          ink += 1;
          if (data[at] > 225) bright += 1;
          gray &&= Math.abs(data[at] - data[at + 1]) < 8 && Math.abs(data[at] - data[at + 2]) < 8;
        }
        return { ink, bright, gray };
      }) };
    }))));
    const pdf = await page.pdf({ preferCSSPageSize: true });
    const { title, plots } = await page.evaluate(() => window.printed);
    assert.match(title, /^Paper and Ink, \d+ \w+ \d{4}, \d\d:\d\d: report$/);
    assert.equal(plots.length, 3);
    for (const { ink, bright, gray } of plots) {
      assert.ok(ink > 500, `${ink} points are drawn`);
      assert.equal(gray, true, 'no colour');
      assert.ok(bright < ink / 20, 'nothing is drawn white on white');
    }
    const text = pdf.toString('latin1');
    const pages = [...text.matchAll(/\/Type\s*\/Page\b/g)].length;
    assert.ok(pages >= 2 && pages <= 3, `${pages} pages`);
    assert.match(text, /\/MediaBox\s*\[0 0 (594\.9\d*|595\.\d+|595) (841\.\d+|842(\.\d+)?)\]/, 'A4');
    assert.equal(await page.title(), screen, 'the window is called as before');

    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 688, height: 1000 });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.ok(await part(page, 'paper-head').isVisible());
    assert.match(await part(page, 'paper-head').textContent(), /^\S+.* Report of \d+ \w+ \d{4}, \d\d:\d\d$/);
    assert.match(await part(page, 'name').textContent(), /^Paper and Ink$/);
    for (const control of ['button', 'input', 'select', 'nav', '.languages', '.bar']) {
      assert.equal(await page.locator(`${control}:visible`).count(), 0, `${control} is no use on paper`);
    }
    const wide = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > innerWidth + 1).length);
    assert.equal(wide, 0, 'nothing is cut off at the edge');
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('[data-test=report] thead')).display), 'table-header-group');
    await picture(page, `83-report-on-paper-${colorScheme}`);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}
