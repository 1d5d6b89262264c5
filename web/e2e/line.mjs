// Lines of one test alone, steered by the demo's organizer, and who stands in them.
import http from 'node:http';
import { ask, launch, part, until, up, visitor } from './system.mjs';

export { ask, launch, part, until, up, visitor };

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

/** Asks over a connection of its own, which any of the gates may take: the head and the text as they come. */
export const raw = (path, headers = {}) => new Promise((done, failed) => {
  http.get(up.gate + path, { agent: false, headers: { accept: 'text/html', ...headers } }, (answer) => {
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => done({ headers: answer.headers, status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
  }).on('error', failed);
});

/** Waits until each of the gates says so, as far as ten of their answers tell. */
export const everywhere = (what, path, is, headers) => until(what, async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => raw(path, headers)));
  return answers.every(is);
});

/** An event with a line in front of it, and the steps of its organizer. In a `still` line somebody is inside for long, and nobody else may be. */
export async function line(title, { still = true, settings = {}, tiers } = {}) {
  const { token } = await ask('POST', '/account/sign-in', up.organizer);
  const venue = await ask('POST', '/venue', {
    name: 'The Yard', city: 'Leipzig', country: 'DE', latitude: 51.3, longitude: 12.4, timeZone: 'Europe/Berlin',
  }, token);
  const event = await ask('POST', '/event', {
    venueId: venue.venueId, performerIds: [], title, description: 'Light.', category: 'concert',
    startsAt: day(2), salesStart: day(-1), salesEnd: day(1), currency: 'EUR', ticketLimit: 4,
    tiers: tiers ?? [
      { name: 'Stalls', price: 12050, generalAdmission: true, quantity: 1200 },
      { name: 'Standing', price: 4950, generalAdmission: true, quantity: 2000 },
    ],
  }, token);
  const room = await ask('POST', '/room', {
    eventId: event.eventId, name: title, admitPerMinute: 600, maxActive: 1, claimWindow: 'PT30M', state: 'open', ...settings,
  }, token);
  const { roomId } = room;
  const read = () => ask('GET', `/room/${roomId}`, undefined, token);
  const at = { path: `/queue/${roomId}`, roomId, event: event.eventId, read };
  const json = { accept: 'application/json' };
  await everywhere('the room is known', `${at.path}/place`, ({ text }) => !text.includes('unknown-room'), json);
  if (still) {
    const first = somebody();
    const { number } = await first('POST', `${at.path}/place`, {});
    if (!number) throw new Error('the first one has no place');
    await until('the first one is called', async () => (await first('GET', `${at.path}/place`)).state === 'called');
  }
  return {
    ...at,
    step: (name, body) => ask('POST', `/room/${roomId}/${name}`, body, token),
    set: async (changes) => ask('PUT', `/room/${roomId}`, { version: (await read()).version, ...changes }, token),
  };
}

/** A program that keeps its cookies; gives a call of the API. */
export function somebody() {
  const jar = new Map();
  const cookie = () => [...jar].map((pair) => pair.join('=')).join('; ');
  const call = async (method, path, body) => {
    const headers = { accept: 'application/json', cookie: cookie(), ...(body && { 'content-type': 'application/json' }) };
    const answer = await fetch(up.gate + path, { method, headers, body: body && JSON.stringify(body) });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      jar.set(name, value);
    }
    return answer.json().catch(() => null);
  };
  return Object.assign(call, { cookie });
}

export const state = (page) => part(page, 'state').getAttribute('data-state');
export const position = async (page) => Number((await part(page, 'position').textContent()).replace(/\D/g, ''));

/** What the page heard: the place's number, how far it was from the front at first, and is. `null` before the first frame. */
export const heard = (page, { roomId }) => page.evaluate((room) => {
  const [number, first, now, tick] = (localStorage.getItem(`usher.way.${room}`) ?? '').split(' ').map(Number);
  return number ? { number, first, now, tick } : null;
}, roomId);

/** Opens the queue page, and waits until it has heard how it stands. */
export async function stand(page, line, origin = up.gate) {
  await page.goto(origin + line.path);
  return until('the first frame', () => heard(page, line));
}
