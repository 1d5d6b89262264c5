// Many copies of the page's own script beside one another, on a clock and a network that are played: when each is back after a cut.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../queue-gate/src/pages/asset/queue.js', import.meta.url));
const source = readFileSync(file, 'utf8').replaceAll('import.meta.url', '""');
const Script = Object.getPrototypeOf(async () => {}).constructor;
const frame = JSON.stringify({ v: 1, tick: 1, state: 'waiting', number: 7, ahead: 41, behind: 3, pace: 60 });

/** Time that goes on when it is told to. */
function clock() {
  const due = [];
  let now = 1_800_000_000_000;
  const begun = now;
  const at = (when, what) => {
    const one = { when, what };
    due.push(one);
    return one;
  };
  return {
    now: () => now,
    since: () => now - begun,
    set: (what, after = 0, ...given) => at(now + Math.max(0, after || 0), () => what(...given)),
    clear: (one) => { if (one) one.what = undefined; },
    every(what, after) {
      const again = () => { what(); at(now + after, again); };
      at(now + after, again);
    },
    async run(until) {
      for (;;) {
        await new Promise((soon) => { setImmediate(soon); });
        due.sort((a, b) => a.when - b.when);
        if (!due.length || due[0].when - begun > until) return;
        const one = due.shift();
        now = one.when;
        one.what?.();
      }
    },
  };
}

/** Chance that is the same each time. */
function chance(seed) {
  let last = seed;
  return Object.create(Math, { random: { value: () => { last = (last * 48_271) % 2_147_483_647; return last / 2_147_483_647; } } });
}

/** One page; `carries` says whether the network does, `told` is called when it hears something. */
function page({ set, clear, every, now }, math, carries, told) {
  const dataset = { room: 'r', inside: '/', now: new Date(now()).toISOString(), state: 'waiting', claimBy: '', position: '42' };
  const node = () => ({ dataset: {}, addEventListener() {}, replaceChildren() {}, append() {}, textContent: '' });
  const nodes = { place: { ...node(), dataset }, words: { textContent: JSON.stringify({ tag: 'en', say: {}, own: [] }) } };
  const links = new Set();
  class Socket {
    constructor() {
      set(() => {
        if (!carries()) return this.drop();
        links.add(this);
        set(() => { if (carries() && links.has(this)) { told(); this.onmessage?.({ data: frame, target: this }); } }, 30);
        return undefined;
      }, 30);
    }

    drop() {
      links.delete(this);
      this.onclose?.({ target: this, code: 1006, reason: '' });
    }

    close() { links.delete(this); }

    addEventListener() {}
  }
  class Clock extends Date {
    constructor(...given) { super(...(given.length ? given : [now()])); }

    static now() { return now(); }
  }
  const fetches = () => new Promise((done, failed) => {
    set(() => (carries() ? done({ ok: true, status: 200, headers: new Map(), text: async () => { told(); return frame; } }) : failed(new TypeError('no network'))), 30);
  });
  const given = {
    document: { documentElement: { dataset: {} }, getElementById: (id) => (nodes[id] ??= node()), querySelector: node, querySelectorAll: () => [], title: '' },
    window: {}, location: { protocol: 'http:', host: 'x', reload() {} }, navigator: { onLine: true }, localStorage: new Proxy({}, { get: () => () => null }),
    WebSocket: Socket, EventSource: Socket, fetch: fetches, setTimeout: set, clearTimeout: clear, setInterval: every, Date: Clock,
    Math: math, addEventListener() {}, AbortSignal: { timeout: () => undefined }, AudioContext: undefined, Notification: undefined,
  };
  new Script(...Object.keys(given), source)(...Object.values(given));
  return { cut: () => [...links].forEach((link) => link.drop()) };
}

/** When each of so many pages heard something after the network was mended, in milliseconds from the beginning. */
export async function fleet(size, { cutAt, mendAt }) {
  const time = clock();
  let cut = false;
  const back = new Map();
  const math = chance(20_270_620);
  const pages = Array.from({ length: size }, (_, i) => page(time, math, () => !cut, () => {
    if (time.since() >= mendAt && !back.has(i)) back.set(i, time.since());
  }));
  await time.run(cutAt);
  cut = true;
  pages.forEach((one) => one.cut());
  await time.run(mendAt);
  cut = false;
  await time.run(mendAt + 60_000);
  return [...back.values()];
}
