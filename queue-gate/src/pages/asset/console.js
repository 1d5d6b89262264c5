// The list of an organizer's rooms, with the sign-in before it and the form for a new room after it.
const at = (id) => document.getElementById(id);
const count = (n) => (n === undefined || n === null ? '–' : n.toLocaleString('en'));

export async function ask(path, method = 'GET', body, version) {
  const headers = {
    accept: 'application/json',
    ...(body && { 'content-type': 'application/json' }),
    ...(version && { 'if-match': `"${version}"` }),
  };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const json = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(json.detail || json.title || `The gate answered ${answer.status}.`), { status: answer.status });
  return json;
}

// Sends a form by `send`, shows what went wrong beside its button, and keeps it from being sent twice.
export function on_submit(form, send) {
  const problem = form.querySelector('[role=alert]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const buttons = [...form.querySelectorAll('button')];
    const values = Object.fromEntries(new FormData(form));
    problem.hidden = true;
    const before = buttons.map((button) => button.disabled);
    buttons.forEach((button) => { button.disabled = true; });
    try {
      await send(values, event.submitter);
    } catch (error) {
      problem.textContent = error instanceof TypeError ? 'The gate could not be reached. Please try again.' : error.message;
      problem.hidden = false;
    }
    buttons.forEach((button, index) => { button.disabled = before[index]; });
  });
}

function cell(row, content, header) {
  const node = document.createElement(header ? 'th' : 'td');
  if (header) node.scope = 'row';
  node.append(content);
  row.append(node);
}

function draw(rooms) {
  at('none').hidden = rooms.length > 0;
  at('list').replaceChildren(...rooms.map((room) => {
    const row = document.createElement('tr');
    row.dataset.room = room.roomId;
    const link = document.createElement('a');
    link.href = `/console/room/${room.roomId}`;
    link.textContent = room.name;
    cell(row, link, true);
    [room.state, count(room.live?.waiting), count(room.live?.active), count(room.admitPerMinute)].forEach((text) => cell(row, text));
    return row;
  }));
}

async function refresh() {
  try {
    const answer = await ask('/room');
    at('net').textContent = '';
    at('sign-in').hidden = true;
    at('rooms').hidden = at('sign-out').hidden = false;
    draw(answer.rooms);
  } catch (error) {
    if (error.status === 401 || error.status === 403) {
      at('sign-in').hidden = false;
      at('rooms').hidden = at('sign-out').hidden = true;
      if (error.status === 403) at('net').textContent = 'This account is not an organizer’s.';
      return;
    }
    at('net').textContent = 'The gate does not answer. Trying again.';
  }
}

if (at('list')) {
  on_submit(at('sign-in'), async ({ email, password }) => {
    await ask('/account/sign-in', 'POST', { email, password });
    const back = new URLSearchParams(location.search).get('room');
    if (/^[0-9a-f-]{36}$/.test(back)) location.assign(`/console/room/${back}`);
    await refresh();
  });
  on_submit(at('create'), async ({ eventId, name, admitPerMinute, maxActive }) => {
    const room = await ask('/room', 'POST', { eventId, name, admitPerMinute: Number(admitPerMinute), maxActive: Number(maxActive) });
    location.assign(`/console/room/${room.roomId}`);
  });
  at('sign-out').addEventListener('click', async () => {
    await ask('/account/sign-out', 'POST').catch(() => {});
    await refresh();
  });
  await refresh();
  setInterval(() => { if (!at('rooms').hidden && !document.hidden) refresh(); }, 5000);
}
