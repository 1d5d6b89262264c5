// The running system, a browser on it, and the organizer who steers it.
import { readFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

// What `cargo xtask up` writes; `cargo xtask test` names the file of its own system.
const file = process.env.USHER_UP ?? fileURLToPath(new URL('../../target/devstack/up.json', import.meta.url));
export const up = JSON.parse(readFileSync(file, 'utf8'));

const pictures = fileURLToPath(new URL('../../target/e2e/', import.meta.url));
mkdirSync(pictures, { recursive: true });

/** A browser with a profile of its own. It asks nobody but the system under test. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.USHER_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

/** Somebody with a window of their own. What goes wrong in the page's scripts is kept in `page.faults`. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  return page;
}

/** Keeps what the page looks like, for a person. */
export const picture = (page, name) => page.screenshot({ path: `${pictures}${name}.png`, fullPage: true });

export const part = (page, name) => page.locator(`[data-test=${name}]`);

/** Looks until `look` gives something, at most a minute. */
export async function until(what, look) {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within a minute`);
    await new Promise((soon) => setTimeout(soon, 50));
  }
}

/** Asks the API, and throws what is not well. */
export async function ask(method, path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(up.gate + path, { method, headers, body: body && JSON.stringify(body) });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
  return json;
}

/** Pays what is in the checkout, and sees it through to the codes. */
export async function pay(page, email = `fan-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.com`) {
  // A form that was refused is answered at its own address.
  await page.waitForURL('**/checkout/**');
  if ((await part(page, 'buyer').count()) === 0) await part(page, 'email').fill(email);
  await part(page, 'token').selectOption('tok_ok');
  await part(page, 'pay').click();
  await page.waitForURL('**/order/*');
  await until('the order is paid', async () => (await part(page, 'order-state').textContent()) === 'paid');
  const code = part(page, 'qr').first();
  await code.waitFor();
  await until('the code is drawn', () => code.evaluate((image) => image.complete && image.naturalWidth > 0));
}

/** Opens the one mail that went to `email`, and gives what stands in it. */
export async function letter(page, email) {
  const link = await until('the mail', async () => {
    await page.goto(`${up.notifier}/mail`);
    const row = page.locator('tr', { hasText: email }).locator('a');
    return (await row.count()) === 1 && row;
  });
  await link.click();
  return page.frameLocator('iframe');
}

/** The demo's organizer, by the API. */
export async function organizer() {
  const { token } = await ask('POST', '/account/sign-in', up.organizer);
  const room = (id) => ask('GET', `/room/${id}`, undefined, token);
  return {
    room,
    /** Stops the calls of a room, so that a page can be looked at in peace. */
    async pause(id, reason) {
      if ((await room(id)).state === 'open') await ask('POST', `/room/${id}/pause`, { reason }, token);
    },
    async resume(id) {
      if ((await room(id)).state === 'paused') await ask('POST', `/room/${id}/resume`, undefined, token);
    },
  };
}
