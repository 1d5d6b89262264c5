// Keeps the queue page true: frames over a WebSocket; where none comes about over events, then by asking, then by reloading.
const place = document.getElementById('place');
const { room, inside } = place.dataset;
const base = `/queue/${room}`;
const at = (id) => document.getElementById(id);
const say = (id, text) => { const node = at(id); if (node.textContent !== text) node.textContent = text; };
const count = (n) => n.toLocaleString('en');
const kept = (key, value) => {
  try {
    if (value !== undefined) localStorage.setItem(`usher.${key}.${room}`, value);
    return localStorage.getItem(`usher.${key}.${room}`);
  } catch { return value ?? null; } // Storage may be forbidden.
};
// The countdown follows the gate's clock, whatever the device's shows.
const skew = Date.parse(place.dataset.now) - Date.now();
const now = () => Date.now() + skew;

const headlines = {
  waiting: 'You are in line', paused: 'The line is paused', called: 'It is your turn', active: 'You are in',
  lobby: 'You are in the draw', drawing: 'The order is being drawn',
  proving: 'One moment', free: 'Nobody has to wait', soldOut: 'Sold out', ended: 'The line has ended',
  unknown: 'Looking for your place',
};
const reasons = {
  earlierFansReturned: 'Fans with earlier numbers came back to their places.',
  laneChanged: 'You are in another lane now, in which more people are ahead of you.',
  lineRestored: 'The line was restored after a fault. Everybody keeps their order.',
};
const name = document.querySelector('h1').textContent;
let state = place.dataset.state;
let deadline = Date.parse(place.dataset.claimBy);
let tick = 0;
let spoken = 0;

const span = ({ from, to }) => {
  if (to < 60) return 'less than a minute';
  const [a, b] = [Math.max(1, Math.floor(from / 60)), Math.ceil(to / 60)];
  return a === b ? `about ${b} min` : `${a} to ${b} min`;
};

const chances = { high: 'good', fair: 'fair', low: 'low', none: 'none left' };

function prices(tiers) {
  const text = tiers.map(({ name, price: { minor, currency }, left }) => {
    const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    return `${name} ${(minor / 10 ** digits).toFixed(digits)} ${currency}${left === undefined ? '' : ` (${count(left)} left)`}`;
  }).join(', ');
  return tiers.every(({ left }) => left === 0) ? `${text}. All taken for the moment; some may come back.` : text;
}

function speak(text, always) {
  if (!always && Date.now() - spoken < 30000) return;
  spoken = Date.now();
  say('spoken', text);
}

function inLine(frame) {
  const position = frame.ahead + 1;
  const first = Math.max(Number(kept('first')) || 0, position);
  kept('first', first);
  say('position', count(position));
  say('ahead', count(frame.ahead));
  say('behind', count(frame.behind));
  at('progress').value = first > 1 ? (100 * (first - position)) / (first - 1) : 100;
  const paused = frame.state === 'paused';
  say('wait', paused ? 'until the line goes on' : frame.wait ? span(frame.wait) : 'not known yet');
  say('pace', paused ? 'paused' : `${count(frame.pace)} a minute`);
  say('why', frame.why || '');
  at('odds').hidden = !frame.chance;
  say('chance', chances[frame.chance] || '');
  document.title = `(${count(position)}) ${name}`;
  speak(`Position ${count(position)}. Likely wait: ${at('wait').textContent}.`, frame.reason);
}

function show(frame) {
  if (frame.v !== 1) return location.reload();
  if (frame.tick < tick) return;
  tick = frame.tick;
  const changed = state !== frame.state;
  state = frame.state;
  place.dataset.state = at('state').dataset.state = state;
  say('state', headlines[state]);
  const words = [frame.message, reasons[frame.reason]].filter(Boolean).join(' ');
  at('message').hidden = !words;
  say('message', words);
  if (state === 'waiting' || state === 'paused') inLine(frame);
  if (frame.entries >= 0) say('entries', count(frame.entries));
  if (state === 'called') deadline = Date.parse(frame.claimBy);
  if (state === 'active') say('until', new Date(frame.until).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  if (state === 'ended') say('ended', frame.why);
  if (state === 'free') say('free', frame.why);
  if (state === 'soldOut') { say('sold', frame.why); at('waitlist').href = frame.waitlist || ''; at('waitlist').hidden = !frame.waitlist; }
  if (frame.tiers) say('tiers', prices(frame.tiers));
  if (state !== 'waiting' && state !== 'paused') document.title = `${headlines[state]}: ${name}`;
  if (changed) {
    speak(`${headlines[state]}.`, true);
    if (state === 'called') { kept('first', 0); navigator.vibrate?.(200); count_down(); document.querySelector('.enter button').focus(); }
    if (state === 'unknown') join();
  }
}

function count_down() {
  if (state !== 'called') return;
  const left = Math.max(0, Math.ceil((deadline - now()) / 1000));
  say('left', `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`);
  if (left === 60 || left === 30) speak(`${left} seconds left to go in.`, true);
}
setInterval(count_down, 1000);

const ask = (path, method, body) => fetch(base + path, {
  method, body: body && JSON.stringify(body), headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
});

// Does the sum for a place in a worker; where there can be none it waits, as pages without scripts do.
const prove = ({ challenge, difficulty, waitUntil }) => new Promise((done) => {
  place.dataset.state = 'proving';
  const waits = () => setTimeout(done, Date.parse(waitUntil) - now() + 1000, challenge);
  try {
    const worker = new Worker(new URL('proof.js', import.meta.url));
    worker.onmessage = ({ data: { proof, share } }) => {
      at('proof').value = 100 * share || 100;
      if (proof) { worker.terminate(); done(proof); }
    };
    worker.onerror = waits;
    worker.postMessage({ challenge, difficulty: +difficulty });
  } catch { waits(); }
});

async function join(proof) {
  const answer = await ask('/place', 'POST', { token: kept('place') || undefined, proof }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok) kept('place', said.token);
  else if (said?.challenge) await join(await prove(said));
}

let failures = 0;
let timer;
let link;
let way = 0;
let heard;
let last = '';

// A way that never said anything, or nothing within 10 seconds, is given up for the next one.
function connect() {
  clearTimeout(timer);
  if (state === 'ended') return;
  const after = last && `?after=${last}`;
  timer = way < 2 && !heard && setTimeout(() => { link = link.close(); lost(); }, 10000);
  [socket, events, poll][way](after);
}

function hear(frame, id) {
  heard = true;
  failures = 0;
  clearTimeout(timer);
  say('net', '');
  show(JSON.parse(frame));
  last = id || last;
}

async function lost(wait, stranger) {
  clearTimeout(timer);
  if (state === 'ended') return;
  failures += 1;
  say('net', navigator.onLine ? 'Reconnecting. Your place is kept.' : 'You are offline. Your place is kept.');
  if (stranger) await join();
  if (failures > (heard ? 4 : 1) && way < 2) { way += 1; failures = 0; heard = false; }
  timer = setTimeout(connect, wait || Math.random() * Math.min(30000, 500 * 2 ** failures));
}

function socket() {
  link = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}${base}/live`);
  link.onmessage = ({ data }) => hear(data);
  link.onclose = ({ target, code, reason }) => target === link && (code === 4409 ? crowded() : lost(code === 1001 && +reason, code === 4404));
}

// As many tabs are open as may be: this one rests until somebody looks at it again.
function crowded() {
  link = null;
  say('net', 'Open in other tabs. This one goes on when you come back to it.');
  addEventListener('focus', connect, { once: true });
}

function events(after) {
  link = new EventSource(`${base}/live${after}`);
  link.onmessage = ({ data, lastEventId }) => hear(data, lastEventId);
  link.addEventListener('crowded', ({ target }) => { target.close(); crowded(); });
  // A browser comes back by itself when the gate said so; not when it was refused.
  link.onerror = ({ target }) => { if (!heard || target.readyState > 1) { target.close(); lost(0, true); } };
}

async function poll(after) {
  const answer = await ask(`/live${after}`, 'GET').catch(() => null);
  if (answer?.status === 200) hear(await answer.text(), answer.headers.get('etag').slice(1, -1));
  if (answer && failures > 6) return location.reload();
  if (!answer?.ok) return lost(1000 * answer?.headers.get('retry-after'), answer?.status === 404);
  timer = setTimeout(connect, 300);
}

addEventListener('offline', () => say('net', 'You are offline. Your place is kept.'));
addEventListener('online', () => { failures = way = 0; last = ''; link?.close(); connect(); });

// Claims the turn, exchanges it for the pass, goes in. Whoever is inside already just goes in.
async function enter(submit) {
  submit.preventDefault();
  const button = submit.target.elements[0];
  button.disabled = true;
  at('problem').hidden = true;
  try {
    let body;
    for (const path of ['/pass', '/session']) {
      const answer = await ask(path, 'POST', body && { admissionToken: body.admissionToken });
      body = await answer.json();
      if (body.type === '/problems/token-used') break;
      if (!answer.ok) throw new Error(body.detail || body.title);
    }
    location.assign(inside);
  } catch (error) {
    say('problem', error instanceof TypeError ? 'The gate could not be reached. Please try again.' : error.message);
    at('problem').hidden = false;
    button.disabled = false;
  }
}
document.querySelectorAll('.enter').forEach((form) => form.addEventListener('submit', enter));

// A place from before that this page does not know: the line may have been lost meanwhile, and it brings it back.
const before = kept('place');
if (place.dataset.challenge) await join(before ? undefined : await prove(place.dataset));
else if (before && before !== place.dataset.token) await join();
else if (place.dataset.token) kept('place', place.dataset.token);
count_down();
connect();
