// Halls to choose seats in, without a line in front of them.
import { ask, up, visitor } from './system.mjs';

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
const TIERS = [['Front', 12_000], ['Middle', 9_000], ['Back', 4_500]].map(([name, price]) => ({ name, price, generalAdmission: false }));

/** Seats of one small room: rows beside one another, places for wheelchairs in the last. */
export function room(rows = 10, seats = 16) {
  return Array.from({ length: rows * seats }, (_, i) => {
    const [row, seat] = [Math.floor(i / seats), i % seats];
    return {
      section: 'Stalls', row: String.fromCharCode(65 + row), seat: String(seat + 1), tier: Math.min(2, Math.floor(row / 3)),
      x: seat + (seat >= seats / 2 ? 1.5 : 0), y: row * 1.2, ...(row === rows - 1 && seat < 2 && { accessible: true }),
    };
  });
}

/** Seats around a field, so many sections of so many rows. */
export function bowl(sections, rows, seats) {
  const around = (sections * seats * 1.15) / (2 * Math.PI);
  return Array.from({ length: sections }, (_, section) => Array.from({ length: rows }, (_, row) => Array.from({ length: seats }, (_, seat) => {
    const angle = ((section + 0.05 + (0.9 * (seat + 0.5)) / seats) / sections) * 2 * Math.PI;
    const out = around * 0.55 + row * 1.1;
    return {
      section: String(101 + section), row: String(row + 1), seat: String(seat + 1), tier: Math.min(2, Math.floor((3 * row) / rows)),
      x: Math.round(10 * 1.3 * out * Math.cos(angle)) / 10, y: Math.round(10 * out * Math.sin(angle)) / 10,
    };
  }))).flat(2);
}

let token;
let venue;

/** An event that sells these seats; gives its id and its seats with their tickets. */
export async function hall(title, seats, ticketLimit = 6) {
  token ??= (await ask('POST', '/account/sign-in', up.organizer)).token;
  venue ??= (await ask('POST', '/venue', {
    name: 'The Round', city: 'Leipzig', country: 'DE', latitude: 51.3, longitude: 12.4, timeZone: 'Europe/Berlin',
  }, token)).venueId;
  const { eventId } = await ask('POST', '/event', {
    venueId: venue, performerIds: [], title, description: 'A hall to choose in.', category: 'concert', currency: 'EUR', ticketLimit,
    startsAt: day(9), salesStart: day(-1), salesEnd: day(8), tiers: TIERS, seats,
  }, token);
  return eventId;
}

/** Somebody who has the hall in front of them. */
export async function chooser(browser, event, options) {
  const page = await visitor(browser, options);
  await page.goto(`${up.gate}/e/${event}`);
  await shown(page);
  return page;
}

/** Waits until the hall is drawn and its seats are known. */
export const shown = (page) => page.waitForFunction(() => {
  const at = document.querySelector('[data-test=map]')?.usher;
  return at && at.view.drawing.frames > 0 && at.shop.stock.version > 0;
});

/** What the map knows of seats, by their numbers in the plan. */
export const states = (page, seats) => page.evaluate((all) => {
  const { shop } = document.querySelector('[data-test=map]').usher;
  return all.map((seat) => ['free', 'taken', 'mine', 'asked'][shop.stock.state[seat]]);
}, seats);

/** Goes so near that a click takes a seat, without a flight; gives where seats are on the screen. */
export const near = (page, seats) => page.evaluate((all) => {
  const host = document.querySelector('[data-test=map]');
  const { view, shop } = host.usher;
  const { x, y, pitch } = shop.plan;
  view.camera.look(x[all[0]], y[all[0]], 30 / pitch);
  view.draw();
  const box = host.getBoundingClientRect();
  return all.map((seat) => {
    const [left, top] = view.camera.toScreen(x[seat], y[seat]);
    return { x: box.left + left, y: box.top + top };
  });
}, seats);

/** Somebody without a browser, who holds seats. */
export async function rival(event) {
  const session = (await ask('POST', '/account/guest', {})).token;
  const id = (bit) => Buffer.concat([Buffer.from(event.replaceAll('-', ''), 'hex'), Buffer.from([bit >>> 24, bit >>> 16, bit >>> 8, bit].map((b) => b & 255))]).toString('base64url');
  return {
    hold: (bits) => ask('POST', '/booking/reserve', { ticketIds: bits.map(id) }, session),
    release: (hold) => fetch(`${up.gate}/booking/hold/${hold.holdId}`, { method: 'DELETE', headers: { authorization: `Bearer ${session}` } }),
  };
}
