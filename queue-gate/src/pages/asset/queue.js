// Keeps the queue page true: frames over a WebSocket; where none comes about over events, then by asking, then by reloading.
const root = document.documentElement;
root.dataset.runs = 1; // The page's guard need not load it anew.
const at = (id) => document.getElementById(id);
const place = at('place');
const { room, inside } = place.dataset;
const base = `/queue/${room}`;
const name = document.querySelector('h1').textContent;
const say = (id, text) => { const node = at(id); if (node.textContent !== text) node.textContent = text; };
const kept = (key, value) => {
  try {
    if (value !== undefined) localStorage.setItem(`usher.${key}.${room}`, value);
    return localStorage.getItem(`usher.${key}.${room}`);
  } catch { return value ?? null; } // Storage may be forbidden.
};
// The countdown follows the gate's clock, whatever the device's shows.
const skew = Date.parse(place.dataset.now) - Date.now();
const now = () => Date.now() + skew;

// The page says the server's sentences, which came with it, and writes numbers and times as the server does.
const { tag, say: sentences, own } = JSON.parse(at('words').textContent);
const forms = new Intl.PluralRules(tag);
const count = (n) => n.toLocaleString(tag);
const told = (key, fills = {}) => {
  const sentence = sentences[key] ?? '';
  return (sentence.other ? sentence[forms.select(fills.count)] ?? sentence.other : sentence)
    .replace(/{{ (\w+) }}/g, (_, blank) => (typeof fills[blank] === 'number' ? count(fills[blank]) : fills[blank]));
};
const time = (text) => {
  const day = new Date(text);
  const far = day.toDateString() !== new Date().toDateString();
  const date = far && { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' };
  return day.toLocaleString(tag, date ? { ...date, hour: '2-digit', minute: '2-digit' } : { timeStyle: 'short' });
};
// The gate's own words in frames are English; the organizer's are what they are.
const ours = (text = '') => {
  for (const [english, other] of own) {
    const [before, after] = english.split('{{ at }}');
    if (after === undefined ? text === english : text.startsWith(before) && text.endsWith(after)) {
      return other.replace('{{ at }}', text.slice(before.length, -after.length));
    }
  }
  return text;
};

let state = place.dataset.state;
let deadline = Date.parse(place.dataset.claimBy);
let tick = 0;

const span = ({ from, to }) => {
  if (to < 60) return told('wait.short');
  const [a, b] = [Math.max(1, Math.floor(from / 60)), Math.ceil(to / 60)];
  return a === b ? told('wait.about', { count: a }) : told('wait.range', { from: a, to: b });
};

function money({ minor, currency }) {
  const format = new Intl.NumberFormat(tag, { style: 'currency', currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function prices(tiers) {
  const [low, ...more] = [...tiers].sort((a, b) => a.price.minor - b.price.minor).map(({ price }) => money(price));
  const high = more.pop() ?? low;
  at('offer').hidden = !low;
  say('prices', low === high ? told('price', { from: low }) : told('prices', { from: low, to: high }));
  at('tiers').replaceChildren(...tiers.map((tier) => {
    const row = document.createElement('li');
    for (const text of [tier.name, money(tier.price), tier.left >= 0 ? told('left', { count: tier.left }) : '']) {
      row.append(Object.assign(document.createElement('span'), { textContent: text }));
    }
    return row;
  }));
  at('taken').hidden = !tiers.every(({ left }) => left === 0);
}

// Who listens is told what changed much, now and then, and never much at once.
let spoken = Date.now();
let heardOf = +place.dataset.position || Infinity;
let later;
function speak(text, position) {
  const since = Date.now() - spoken;
  if (position && since < (position <= 0.75 * heardOf ? 40000 : 60000)) return;
  heardOf = position ?? heardOf;
  clearTimeout(later);
  later = setTimeout(() => { spoken = Date.now(); say('spoken', text); }, Math.max(0, 10000 - since));
}

// How far it is since the place was taken. Why it is farther than a moment ago stays to be read for a minute.
let reason = '';
let read;
function progress(position, number, why) {
  const [mine, from, seen, then] = (kept('way') ?? '').split(' ');
  const same = number === undefined || mine === String(number);
  const first = same ? Math.max(+from || 0, position) : position;
  if (number !== undefined) {
    // Another tab may have heard what is newer.
    if (same && position > +seen && tick >= +then) why ??= 'meanwhile';
    kept('way', `${number} ${first} ${position} ${tick}`);
  }
  if (why) {
    reason = told(`reason.${why}`);
    read = Date.now() + 60000;
  }
  at('progress').hidden = false;
  at('progress').value = first > 1 ? (100 * (first - position)) / (first - 1) : 100;
}

function inLine(frame) {
  const position = frame.ahead + 1;
  const paused = frame.state === 'paused';
  progress(position, frame.number, frame.reason);
  say('position', count(position));
  say('ahead', count(frame.ahead));
  say('behind', count(frame.behind));
  say('wait', paused ? told('wait.paused') : frame.wait ? span(frame.wait) : told('wait.unknown'));
  say('pace', paused ? told('pace.paused') : told('pace', { count: frame.pace }));
  say('why', ours(frame.why));
  at('odds').hidden = !frame.chance;
  say('chance', frame.chance ? told(`chance.${frame.chance}`) : '');
  document.title = `(${count(position)}) ${name}`;
  speak(told('say.place', { position, wait: at('wait').textContent }), position);
}

function show(frame) {
  if (frame.v !== 1) return location.reload();
  if (frame.tick < tick) return;
  tick = frame.tick;
  const changed = state !== frame.state;
  state = frame.state;
  place.dataset.state = at('state').dataset.state = state;
  say('state', told(`state.${state}`));
  if (state === 'waiting' || state === 'paused') inLine(frame);
  else document.title = state === 'called' ? told('turn', { name }) : `${told(`state.${state}`)}: ${name}`;
  if (read < Date.now()) reason = '';
  const words = [frame.message, reason].filter(Boolean).join(' ');
  at('message').hidden = !words;
  say('message', words);
  if (frame.entries >= 0) say('entries', count(frame.entries));
  if (frame.opensAt) say('opens', time(frame.opensAt));
  if (state === 'called') deadline = Date.parse(frame.claimBy);
  if (state === 'active') say('until', time(frame.until));
  if (state === 'ended') say('ended', ours(frame.why));
  if (state === 'free') say('free', ours(frame.why));
  if (state === 'soldOut') { say('sold', ours(frame.why)); at('waitlist').href = frame.waitlist || ''; at('waitlist').hidden = !frame.waitlist; }
  if (frame.tiers) prices(frame.tiers);
  if (!changed) return;
  if (state === 'called') call();
  else speak(`${told(`state.${state}`)}. ${ours(frame.why)}`.trim());
  if (state === 'unknown') again();
}

// The turn: said aloud, seen in the title, felt, and, where it was asked for, heard and shown above other windows.
let audio;
function call() {
  say('alert', told('turn', { name }));
  navigator.vibrate?.([200, 100, 200]);
  count_down();
  chime();
  if (at('notify').checked && document.hidden) {
    try {
      new Notification(document.title, { tag: room }).onclick = () => focus();
    } catch { /* Some phones show none without a service worker. */ }
  }
  document.querySelector('.enter button').focus();
}

function chime() {
  if (!at('sound').checked) return;
  [660, 880, 1320, 660, 880, 1320].forEach((pitch, i) => {
    const [tone, volume, begins] = [audio.createOscillator(), audio.createGain(), audio.currentTime + 0.25 * i + 0.5 * (i > 2)];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.3, begins);
    volume.gain.exponentialRampToValueAtTime(0.001, begins + 0.24);
    tone.connect(volume).connect(audio.destination);
    tone.start(begins);
    tone.stop(begins + 0.25);
  });
}

// A browser plays nothing before somebody touches the page, so a wish from before a reload waits for that.
function ready() {
  audio ??= new AudioContext();
  audio.resume().then(() => { at('sound').checked = true; });
}
at('alerts').hidden = false;
at('sound').addEventListener('change', ({ target }) => {
  kept('sound', target.checked ? 1 : '');
  if (target.checked) { ready(); chime(); }
});
if (kept('sound')) for (const touch of ['pointerdown', 'keydown']) addEventListener(touch, () => kept('sound') && ready(), { once: true });
if (window.Notification) {
  at('notes').hidden = false;
  at('notify').checked = kept('notify') && Notification.permission === 'granted';
  at('notify').addEventListener('change', async ({ target }) => {
    target.checked &&= (await Notification.requestPermission()) === 'granted';
    say('blocked', Notification.permission === 'denied' ? told('blocked') : '');
    kept('notify', target.checked ? 1 : '');
  });
}

let left = Infinity;
function count_down() {
  if (state !== 'called') return;
  const before = left;
  left = Math.max(0, Math.ceil((deadline - now()) / 1000));
  say('left', `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`);
  for (const mark of [60, 30]) if (before > mark && left <= mark && before < Infinity) speak(told('say.seconds', { count: left }));
}

const ask = (path, method, body, patience = 30000) => fetch(base + path, {
  method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(patience),
  headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
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

// A place that the gate does not know any more is asked for again, unless it was left on purpose, here or in another tab.
const again = () => (kept('place') === '' ? show({ v: 1, tick, state: 'ended', why: 'You have left the line.' }) : join());

// The three ways to hear frames, one at a time. `heard` is when something came, `gone` since when nothing does.
const open = [socket, events, poll];
const PATIENCE = 3500;
let way = 0;
let misses = 0; // How often in a row this way was open and said nothing.
let [heard, gone] = [0, 0];
let link, timer, asking, rests;
let blind; // The last question had no answer: the browser may have asked over a dead connection.
let last = '';

async function connect() {
  clearTimeout(timer);
  if (state === 'ended' || rests) return;
  // What was heard once and is not any more is looked for with one question first: a refusal says when to come back.
  if (gone && heard && !blind && !(await look())) return;
  // A first way that does not come about is given up soon: the next one may.
  timer = setTimeout(lost, blind ? PATIENCE : heard || way ? 10000 : 2500);
  misses += !blind;
  blind = false;
  open[way]();
}

function lives() {
  clearTimeout(timer);
  misses = gone = 0;
  heard = Date.now();
  say('net', '');
}

function hear(frame, id) {
  lives();
  show(JSON.parse(frame));
  last = id || last;
}

async function look() {
  const answer = await ask('/place', 'GET', undefined, PATIENCE).catch(() => null);
  blind = !answer;
  if (!answer || answer.status > 499 || answer.status === 429) {
    lost(1000 * answer?.headers.get('retry-after'));
    return false;
  }
  const missed = misses;
  if (answer.ok) hear(await answer.text());
  else await again();
  misses = missed;
  return true;
}

function drop() {
  const old = link;
  link = null;
  old?.close();
}

function lost(wait, stranger) {
  clearTimeout(timer);
  drop();
  if (state === 'ended' || rests) return;
  const silent = Date.now() - heard > quiet();
  gone ||= Date.now();
  // Nothing was ever heard: it is not that somebody is away, but that this way is closed.
  if (misses > (heard ? 3 : 0) && way < 2) {
    way += 1;
    misses = 0;
    if (!heard) return connect();
  }
  say('net', !navigator.onLine ? told('net.offline') : silent && heard ? told('net.silent', { time: time(heard) }) : told('net.again'));
  // As long again as it has been away, at most; so that those who were lost together do not come back together.
  const most = Math.min(30000, Math.max(silent && heard ? 1000 : 5500, Date.now() - gone));
  timer = setTimeout(async () => { if (stranger) await again(); connect(); }, wait > 0 ? wait * (0.5 + Math.random()) : most * Math.random());
}

function socket() {
  link = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}${base}/live`);
  link.onmessage = ({ data, target }) => target === link && hear(data);
  link.onclose = ({ target, code, reason }) => target === link && (code === 4409 ? crowded() : lost(code === 1001 && +reason, code === 4404));
}

function events() {
  link = new EventSource(`${base}/live`);
  link.onmessage = ({ data, lastEventId, target }) => target === link && hear(data, lastEventId);
  link.addEventListener('crowded', crowded);
  // A browser comes back by itself when the gate said so; not when it was refused.
  link.onerror = ({ target }) => {
    if (target !== link) return;
    if (heard && target.readyState < 2) say('net', told('net.again'));
    else lost(0, heard);
  };
}

async function poll() {
  clearTimeout(timer);
  const answer = await ask(`/live${last && `?after=${last}`}`, 'GET').catch(() => null);
  if (answer?.status === 200) hear(await answer.text(), answer.headers.get('etag').slice(1, -1));
  else if (answer?.ok) lives();
  else return lost(1000 * answer?.headers.get('retry-after'), answer?.status === 404);
  timer = setTimeout(connect, 300);
}

// As many tabs are open as may be: this one rests until somebody looks at it again.
function crowded() {
  rests = true;
  drop();
  say('net', told('net.crowded'));
  addEventListener('focus', () => { rests = false; connect(); }, { once: true });
}

// In a line everybody hears something each twenty seconds or so. A link that is dead without a word is noticed by its silence.
const quiet = () => (state === 'waiting' || state === 'paused' ? 25000 : 60000);
async function watch() {
  count_down();
  if (asking || !link || Date.now() - heard < quiet() || !heard) return;
  asking = true;
  const silent = state === 'waiting' || state === 'paused';
  if (await look() && silent) { drop(); connect(); }
  asking = false;
}
setInterval(watch, 1000);
addEventListener('visibilitychange', watch);
addEventListener('offline', () => say('net', told('net.offline')));
addEventListener('online', () => {
  way = misses = 0;
  last = '';
  drop();
  clearTimeout(timer);
  timer = setTimeout(connect, 2000 * Math.random());
});
addEventListener('pageshow', ({ persisted }) => persisted && (rests ? location.reload() : connect()));
document.querySelector('form[action$="/leave"]').addEventListener('submit', () => {
  kept('place', '');
  rests = true;
  drop();
});

// Claims the turn, exchanges it for the pass, goes in. Whoever is inside already just goes in. What is refused is asked for once
// more as a form: the page of the answer says why, in its language.
async function enter(submit) {
  submit.preventDefault();
  const { target: form, target: { elements: [button] } } = submit;
  button.disabled = true;
  at('problem').hidden = true;
  try {
    let body;
    for (const path of ['/pass', '/session']) {
      const answer = await ask(path, 'POST', body && { admissionToken: body.admissionToken });
      body = await answer.json();
      if (body.type === '/problems/token-used') break;
      if (!answer.ok) return form.submit();
    }
    location.assign(inside);
  } catch {
    say('problem', told('failed'));
    at('problem').hidden = false;
    button.disabled = false;
  }
}
document.querySelectorAll('.enter').forEach((form) => form.addEventListener('submit', enter));

if (place.dataset.position) progress(+place.dataset.position);
if (place.dataset.until) say('until', time(place.dataset.until));
if (place.dataset.opens) say('opens', time(place.dataset.opens));
count_down();
// A place from before that this page does not know: the line may have been lost meanwhile, and it brings it back.
const before = kept('place');
if (place.dataset.challenge) await join(before ? undefined : await prove(place.dataset));
else if (before && before !== place.dataset.token) await join();
else if (place.dataset.token) kept('place', place.dataset.token);
connect();
