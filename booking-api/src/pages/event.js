"use strict";
// The page of an event: sections, then the rows of one section, then a hold. Only one section is ever in the page, so
// that a hall of 20,000 seats stays light.
const form = document.getElementById("choose");
const PERIOD = 2000;

if (form) start();

function start() {
  const event = form.dataset.event;
  const limit = Number(form.dataset.limit);
  const seated = form.dataset.seated === "true";
  const sections = document.getElementById("sections");
  const rows = document.getElementById("rows");
  const chosenText = document.getElementById("chosen");
  const problem = document.getElementById("problem");
  const quantities = [...form.querySelectorAll("[data-test=quantity]")];
  const chosen = new Map();
  let map = null;
  let bits = null;
  let open = null;

  const has = (bit) => bits !== null && ((bits[bit >> 3] >> (bit & 7)) & 1) === 1;
  const seatsOf = (section) => section.rows.flatMap((row) => row.seats);

  function tell(text) {
    problem.textContent = text;
    problem.hidden = text === "";
  }

  function say() {
    const units = quantities.reduce((sum, field) => sum + Number(field.value), 0);
    const names = [...chosen.values()];
    chosenText.textContent = names.length > 0 ? names.join("; ") : units > 0 ? `${units} chosen.` : "Nothing chosen yet.";
  }

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  // Whether a tier is sold with a code only. The server has said until when by the clock of the venue; what begins or is
  // moved meanwhile is told by the clock of the browser.
  function codeOnly(tier, until) {
    const note = document.querySelector(`[data-code-only="${tier}"]`);
    if (until && note.hidden) {
      note.textContent = `with a code only, until ${new Date(until).toLocaleString()}`;
    }
    note.hidden = !until;
  }

  function drawSections() {
    sections.replaceChildren(...map.sections.map((section) => {
      const button = element("button", { type: "button", className: "choice" });
      button.dataset.test = "section";
      button.dataset.section = section.name;
      button.addEventListener("click", () => { open = section; drawRows(); countSections(); });
      return button;
    }));
    countSections();
  }

  function countSections() {
    for (const [index, button] of [...sections.children].entries()) {
      const section = map.sections[index];
      const left = seatsOf(section).filter((seat) => has(seat.bit)).length;
      const text = `${section.name}: ${left} left`;
      if (button.textContent !== text) button.textContent = text;
      button.disabled = left === 0;
      button.setAttribute("aria-pressed", String(section === open));
    }
  }

  function drawRows() {
    const prices = new Map(map.tiers.map((tier) => [tier.tierId, tier]));
    rows.replaceChildren(...open.rows.map((row) => {
      const line = element("div", { className: "seats" });
      line.setAttribute("role", "group");
      line.setAttribute("aria-label", `Row ${row.name}`);
      line.append(element("span", { className: "row", textContent: row.name }));
      for (const seat of row.seats) {
        const button = element("button", { type: "button", className: "seat", textContent: seat.name });
        const place = `${open.name}, row ${row.name}, seat ${seat.name}`;
        const tier = prices.get(seat.tierId);
        button.title = tier ? `${place}, ${tier.name}${seat.accessible ? ", wheelchair" : ""}` : place;
        button.setAttribute("aria-label", button.title);
        button.dataset.ticket = seat.ticketId;
        button.dataset.bit = seat.bit;
        button.addEventListener("click", () => toggle(seat.ticketId, place));
        line.append(button);
      }
      return line;
    }));
    markSeats();
  }

  function markSeats() {
    for (const button of rows.querySelectorAll("button")) {
      const mine = chosen.has(button.dataset.ticket);
      const free = has(Number(button.dataset.bit));
      button.disabled = !free && !mine;
      if (free) button.dataset.test = "seat"; else delete button.dataset.test;
      button.setAttribute("aria-pressed", String(mine));
    }
  }

  function toggle(ticket, place) {
    tell("");
    if (!chosen.delete(ticket)) {
      if (chosen.size >= limit) { tell(`You can have at most ${limit} tickets.`); return; }
      chosen.set(ticket, place);
      for (const field of quantities) field.value = "0";
    }
    markSeats();
    say();
  }

  for (const field of quantities) {
    field.addEventListener("change", () => {
      chosen.clear();
      for (const other of quantities) if (other !== field) other.value = "0";
      if (open) markSeats();
      say();
    });
  }

  async function look() {
    const answer = await fetch(`/event/${event}/availability`, { headers: { accept: "application/json" } });
    if (answer.status === 429) { location.reload(); return; }
    if (!answer.ok) return;
    const now = await answer.json();
    bits = Uint8Array.from(atob(now.available), (c) => c.charCodeAt(0));
    for (const tier of now.tiers) {
      const cell = document.querySelector(`[data-left="${tier.tierId}"]`);
      if (cell) cell.textContent = tier.available;
      codeOnly(tier.tierId, tier.presaleUntil);
    }
    document.getElementById("presale").hidden = !now.tiers.some((tier) => tier.presaleUntil);
    const soldOut = document.getElementById("sold-out");
    if (soldOut) soldOut.hidden = now.tiers.some((tier) => tier.available > 0);
    if (!map) return;
    if (sections.children.length === map.sections.length && sections.firstElementChild) countSections(); else drawSections();
    if (open) markSeats();
  }

  async function run() {
    try {
      if (seated && !map) {
        const answer = await fetch(`/event/${event}/seats`, { headers: { accept: "application/json" } });
        if (answer.ok) map = await answer.json();
      }
      if (document.visibilityState === "visible") await look();
    } catch { /* the next try will tell */ }
    setTimeout(run, PERIOD);
  }

  async function send(path, body) {
    return fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
  }

  async function refused(answer) {
    const body = await answer.json().catch(() => ({}));
    if (answer.status === 429 && body.queue) { location.reload(); return; }
    for (const ticket of body.conflicts || []) chosen.delete(ticket);
    say();
    tell(body.detail || body.title || "Something went wrong. Please try again.");
    await look();
  }

  // The link of a mail from the waitlist; behind the #, so that no server has seen it.
  const offer = new URLSearchParams(location.hash.slice(1)).get("offer");
  if (offer) document.getElementById("offer").hidden = false;

  function asked() {
    if (offer) return { eventId: event, offer };
    if (chosen.size > 0) return { ticketIds: [...chosen.keys()] };
    const field = quantities.find((one) => Number(one.value) > 0);
    return field ? { eventId: event, tier: field.dataset.tier, quantity: Number(field.value) } : null;
  }

  async function reserve() {
    const body = asked();
    if (!body) { tell("Choose something first."); return; }
    const email = document.getElementById("email");
    if (form.dataset.signedIn !== "true") {
      if (!email.value) { tell("We need your e-mail to send you the tickets."); email.focus(); return; }
      const guest = await send("/account/guest", { email: email.value });
      if (!guest.ok) { await refused(guest); return; }
      form.dataset.signedIn = "true";
    }
    const code = document.getElementById("code");
    if (code.value) body.code = code.value;
    const answer = await send("/booking/reserve", body);
    if (!answer.ok) { await refused(answer); return; }
    location.assign(`/checkout/${(await answer.json()).holdId}`);
  }

  const wait = document.getElementById("wait");
  wait?.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const waiting = document.getElementById("waiting");
    try {
      if (wait.dataset.signedIn !== "true") {
        const guest = await send("/account/guest", { email: document.getElementById("wait-email").value });
        if (!guest.ok) { await refused(guest); return; }
        wait.dataset.signedIn = "true";
        form.dataset.signedIn = "true";
      }
      const answer = await send(`/event/${event}/waitlist`, { quantity: Number(document.getElementById("wait-quantity").value) });
      if (!answer.ok) { await refused(answer); return; }
      const { state, ahead } = await answer.json();
      waiting.textContent = state === "waiting" ? `You are on the waitlist. ${ahead} in front of you.` : "Tickets are kept for you: see your mail.";
    } catch {
      tell("The connection was lost. Please try again.");
    }
  });

  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    tell("");
    const button = form.querySelector("[data-test=reserve]");
    button.disabled = true;
    try {
      await reserve();
    } catch {
      tell("The connection was lost. Please try again.");
    }
    button.disabled = false;
  });

  run();
}
