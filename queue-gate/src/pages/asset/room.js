// One room: its numbers every second, its settings, its steps, its log.
import { ask, on_submit } from '/assets/gate/console.js';

const at = (id) => document.getElementById(id);
const id = at('room').dataset.room;
const base = `/room/${id}`;
const settings = at('settings');
const steps = at('steps');
const history = []; // One point a second, five minutes of them.
const count = (n) => (n === undefined || n === null ? '–' : n.toLocaleString('en'));
const say = (name, text) => { if (at(name).textContent !== text) at(name).textContent = text; };
let room;
let shown; // The settings that the form was filled from.

const living = ['scheduled', 'lobby', 'open', 'paused', 'drained', 'bypass', 'reject'];
const allowed = {
  open: ['scheduled'], pause: ['open'], resume: ['paused'], drain: ['open', 'paused'], reopen: ['drained'],
  bypass: living.filter((state) => state !== 'bypass'), reject: living.filter((state) => state !== 'reject'),
  restore: ['bypass', 'reject'], close: living,
};
const reasoned = ['pause', 'bypass', 'reject'];

// Asks what a change would do, and whether it should be done where that is dangerous.
async function agreed(path, method, body) {
  const told = await ask(`${path}?preview=true`, method, body, room.version);
  if (!told.dangerous) return true;
  const sees = told.fansSee.why ? `Fans in line read: “${told.fansSee.why}”` : '';
  return confirm([`This is about to be ${told.kind}.`, ...told.effects, sees].filter(Boolean).join('\n\n'));
}

function show(next) {
  room = next;
  say('name', room.name);
  document.title = `${room.name}: Usher console`;
  at('event').href = room.site ? `//${room.site.host}/` : `/event/${room.eventId}`;
  say('state', room.state);
  at('state').dataset.state = room.state;
  const why = room.failedOpenAt ? 'No gate can call anybody: everybody is let through.' : room.exception?.reason ?? room.pauseReason;
  at('why').hidden = !why;
  say('why', why ?? '');
  say('target', count(room.admitPerMinute));
  const live = room.live ?? {};
  for (const key of ['waiting', 'away', 'called', 'active']) say(key, count(live[key]));
  say('admitted', count(live.admittedLastMinute));
  history.push([live.waiting ?? 0, live.admittedLastMinute ?? 0]);
  if (history.length > 300) history.shift();
  draw();
  for (const button of steps.querySelectorAll('button')) button.disabled = !allowed[button.value].includes(room.state);
  fill();
}

// Writes the settings into the form, but never over what somebody is typing.
function fill() {
  if (shown && shown.version === room.version) return;
  for (const name of ['admitPerMinute', 'maxActive', 'message']) {
    const field = settings.elements[name];
    const typed = shown && field.value !== String(shown[name] ?? '');
    if (!typed) field.value = room[name] ?? '';
  }
  shown = room;
}

function draw() {
  const canvas = at('spark');
  const brush = canvas.getContext('2d');
  const style = getComputedStyle(document.documentElement);
  const { width, height } = canvas;
  brush.clearRect(0, 0, width, height);
  brush.lineWidth = 4;
  brush.lineJoin = 'round';
  [['--main', 0], ['--good', 1]].forEach(([color, which]) => {
    const most = Math.max(1, ...history.map((point) => point[which]), which ? room.admitPerMinute : 0);
    brush.strokeStyle = style.getPropertyValue(color);
    brush.beginPath();
    history.forEach((point, index) => {
      const x = width - ((history.length - 1 - index) * width) / 299;
      brush.lineTo(x, height - 4 - (point[which] / most) * (height - 8));
    });
    brush.stroke();
  });
}

let last = 0;
function words({ from, to, ...rest }) {
  const text = (value) => (value === null || value === '' ? 'none' : typeof value === 'object' ? JSON.stringify(value) : value);
  // Settings change one by one, the state as a whole.
  const whole = to !== undefined && (to === null || typeof to !== 'object');
  const changed = whole ? [] : Object.keys(to ?? {}).filter((key) => from?.[key] !== to[key]);
  return [
    ...(whole ? [`${text(from ?? null)} → ${text(to)}`] : []),
    ...changed.map((key) => `${key}: ${text(from?.[key] ?? null)} → ${text(to[key])}`),
    ...Object.entries(rest).map(([key, value]) => `${key}: ${text(value)}`),
  ].join(', ');
}
function write(entries) {
  for (const entry of entries) {
    if (entry.entry <= last) continue;
    last = entry.entry;
    const line = document.createElement('li');
    line.dataset.kind = entry.kind;
    const time = document.createElement('time');
    time.dateTime = entry.at;
    time.textContent = new Date(entry.at).toLocaleTimeString();
    const kind = document.createElement('strong');
    kind.textContent = entry.kind;
    const text = document.createElement('span');
    text.textContent = words(entry.detail ?? {});
    line.append(time, kind, text);
    at('log').prepend(line);
  }
  while (at('log').children.length > 500) at('log').lastChild.remove();
}

async function refresh() {
  try {
    const [next, log] = await Promise.all([ask(base), ask(`${base}/log?after=${last}`)]);
    show(next);
    write(log.entries);
    say('net', '');
  } catch (error) {
    if (error.status === 401) location.assign(`/console?room=${id}`);
    say('net', error.status ? error.message : 'The gate does not answer. Trying again.');
  }
}

on_submit(settings, async ({ admitPerMinute, maxActive, message }) => {
  say('saved', '');
  const asked = { version: room.version, admitPerMinute: Number(admitPerMinute), maxActive: Number(maxActive), message };
  try {
    if (!(await agreed(base, 'PUT', asked))) return;
    const next = await ask(base, 'PUT', asked, room.version);
    shown = undefined;
    show({ live: room.live, ...next });
    say('saved', `Saved as version ${next.version}.`);
  } catch (error) {
    if (error.status === 409 || error.status === 412) await refresh();
    throw error;
  }
});

on_submit(steps, async ({ reason }, button) => {
  const step = button.value;
  const because = reasoned.includes(step) ? { reason } : undefined;
  if (because && !reason.trim()) throw new Error('Say why, so that the fans can read it.');
  try {
    if (!(await agreed(`${base}/${step}`, 'POST', because))) return;
    await ask(`${base}/${step}`, 'POST', because, room.version);
  } catch (error) {
    if (error.status === 412) await refresh();
    throw error;
  }
  steps.elements.reason.value = '';
  setTimeout(refresh);
});

await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 1000);
