// The door. Asks the service whether a ticket may pass; where there is no network it decides by what it took along, keeps
// what it did, and tells it later, once.
const LONGEST_ANSWER = 3000;
const UPLOAD_AT_ONCE = 100;
const element = (id) => document.getElementById(id);

// ---- What is said: the sentences come with the page, so that they are there without a network ---------------------------
const words = JSON.parse(element("words").textContent);
const forms = new Intl.PluralRules(words.tag);
const numbers = new Intl.NumberFormat(words.tag);

/** A sentence of the page's language with its blanks filled; `count` chooses among its forms. */
function say(key, fills = {}) {
  const sentence = words.say[key];
  const text = typeof sentence === "string" ? sentence : sentence[forms.select(fills.count)] ?? sentence.other;
  return text.replace(/\{\{ (\w+) \}\}/g, (_, name) => (typeof fills[name] === "number" ? numbers.format(fills[name]) : fills[name] ?? ""));
}
const clock = (at) => new Date(at).toLocaleTimeString(words.tag, { timeStyle: "medium" });

/** Where a ticket is: the service says it in English. */
function placed(english) {
  const found = /^(?<section>.+), row (?<row>.+), seat (?<seat>.+)$/.exec(english ?? "");
  return found ? say("place", found.groups) : english;
}

// ---- What is kept in this browser -------------------------------------------------------------------------------------
const open = new Promise((done, failed) => {
  const asked = indexedDB.open("usher-door", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("meta");
    asked.result.createObjectStore("queue", { keyPath: "scanId" });
  };
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => failed(asked.error);
});

async function kept(store, mode, work) {
  const database = await open;
  return new Promise((done, failed) => {
    const transaction = database.transaction(store, mode);
    const asked = work(transaction.objectStore(store));
    transaction.oncomplete = () => done(asked && asked.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}
const remembered = (name) => kept("meta", "readonly", (store) => store.get(name));
const remember = (name, value) => kept("meta", "readwrite", (store) => store.put(value, name));
const queued = () => kept("queue", "readonly", (store) => store.getAll());

// ---- Codes and signatures ---------------------------------------------------------------------------------------------
const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const BODY = 41;

async function isSigned(keys, kid, signature, message) {
  const key = keys.keys.find((one) => one.kid === kid);
  if (!key) return false;
  const { kty, crv, x } = key;
  const imported = await crypto.subtle.importKey("jwk", { kty, crv, x }, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** What a genuine code says, or nothing. */
async function read(code, keys) {
  try {
    const [text, kid] = code.split(".");
    const bytes = bytesOf(text);
    if (bytes.length !== BODY + 64 || bytes[0] !== 1) return undefined;
    if (!(await isSigned(keys, kid, bytes.slice(BODY), bytes.slice(0, BODY)))) return undefined;
    const hex = Array.from(bytes.slice(1, 17), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const event = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    const view = new DataView(bytes.buffer);
    return { event, ticket: view.getUint32(17), serial: view.getUint32(37) };
  } catch {
    return undefined;
  }
}

/** What a signed part of the list of revoked codes says; it must be of this event. */
async function listOf(token, keys, event) {
  const [head, body, signature] = token.split(".");
  const text = (part) => JSON.parse(new TextDecoder().decode(bytesOf(part)));
  const { kid, typ, alg } = text(head);
  const message = new TextEncoder().encode(`${head}.${body}`);
  const signed = typ === "usher-revocations+jwt" && alg === "EdDSA" && (await isSigned(keys, kid, bytesOf(signature), message));
  const said = text(body);
  if (!signed || said.event !== event) throw new Error("the list of revoked codes is not genuine");
  return said;
}

// ---- The state --------------------------------------------------------------------------------------------------------
let pass;
let taken; // what was taken along: {eventId, keys, version, revoked, tickets, inside, …}
let direction = "in";
let online = true;

function show(outcome, title, place) {
  element("verdict").dataset.outcome = outcome;
  element("outcome").textContent = title;
  element("place").textContent = place;
}

async function showState() {
  const waiting = (await queued()).length;
  element("net").textContent = say(online ? "online" : "offline");
  element("net").dataset.online = String(online);
  element("queue").textContent = waiting ? say("waiting", { count: waiting }) : say("told");
  element("queue").dataset.waiting = String(waiting);
  if (!taken) return;
  const day = new Date(taken.startsAt).toLocaleString(words.tag, { timeZone: taken.timeZone, dateStyle: "medium", timeStyle: "short" });
  element("where").textContent = say("where", { door: taken.door, title: taken.title, time: day });
  element("inside").textContent = say("inside", { count: taken.inside.length });
  element("known").textContent = say("known", {
    tickets: say("tickets", { count: taken.tickets.length }), revoked: say("revokedOnes", { count: Object.keys(taken.revoked).length }), time: clock(taken.at),
  });
}

function problem(text) {
  element("problem").textContent = text;
  element("problem").hidden = !text;
}

class Refused extends Error {}

/** What a problem is called: by its kind. */
const refusal = (problem) => words.kinds[String(problem.type).split(/[/#]/).pop()] ?? problem.title;

async function ask(path, body) {
  const headers = { authorization: `Bearer ${pass}`, accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  const request = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store" };
  const answer = await fetch(path, { ...request, signal: AbortSignal.timeout(body ? LONGEST_ANSWER : 20000) });
  if (answer.status === 401 || answer.status === 403) throw new Refused(refusal(await answer.json()));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function revoke(entries) {
  for (const [ticket, serial] of entries) taken.revoked[ticket] = Math.max(taken.revoked[ticket] || 0, serial);
}

/** Takes along what is needed without a network. */
async function take() {
  const bundle = await ask("/ticket/bundle");
  const list = await listOf(bundle.revocations, bundle.keys, bundle.eventId);
  // What this door did and has not told yet is not in the bundle.
  const inside = new Set(bundle.inside);
  for (const scan of await queued()) (scan.direction === "in" ? inside.add(scan.ticket) : inside.delete(scan.ticket));
  taken = { ...bundle, inside: [...inside], revoked: {}, version: list.version };
  revoke(list.revoked);
  await news(bundle.more);
  await remember("taken", taken);
}

/** What came onto the list since. */
async function news(more = true) {
  while (more) {
    const part = await ask(`/event/${taken.eventId}/revocation?since=${taken.version}`);
    const list = await listOf(part.token, taken.keys, taken.eventId);
    if (list.since > taken.version) throw new Error("a part of the list is missing");
    revoke(list.revoked);
    taken.version = Math.max(taken.version, list.version);
    more = part.more;
  }
}

// ---- Scanning ---------------------------------------------------------------------------------------------------------
const passed = () => say(direction === "in" ? "comeIn" : "goodbye");

function mark(ticket) {
  const inside = new Set(taken.inside);
  if (direction === "in") inside.add(ticket);
  else inside.delete(ticket);
  taken.inside = [...inside];
}

/** Decides by what was taken along. */
async function alone(scan) {
  if (!taken) return show("refused", say("cannot"), say("nothing"));
  const code = await read(scan.code, taken.keys);
  if (!code || code.event !== taken.eventId) return show("refused", say("notGenuine"), "");
  const known = taken.tickets.find(([ticket]) => ticket === code.ticket);
  const place = known ? placed(known[2]) : say("later");
  if (code.serial <= (taken.revoked[code.ticket] || 0)) return show("refused", say("revoked"), place);
  if (taken.inside.includes(code.ticket) === (direction === "in")) {
    return show("refused", say(direction === "in" ? "alreadyIn" : "notIn"), place);
  }
  const told = { ...scan, ticket: code.ticket, offlineAt: new Date().toISOString() };
  await kept("queue", "readwrite", (store) => store.put(told));
  mark(code.ticket);
  await remember("taken", taken);
  show("passed", passed(), place);
}

let busy = Promise.resolve();
/** One scan after the other. */
function scan(code) {
  busy = busy.then(() => check(code.trim())).catch((error) => {
    console.error(error);
    problem(say("failed"));
  });
  return busy;
}

async function check(code) {
  if (!code) return;
  problem("");
  const asked = { scanId: crypto.randomUUID(), code, direction };
  try {
    const [result] = (await ask("/ticket/scan", { scans: [asked] })).results;
    online = true;
    const is = result.outcome === "passed";
    const last = result.last ? `${result.last.door}, ${clock(result.last.at)}` : "";
    show(result.outcome, is ? passed() : say(result.reason), [placed(result.place), last].filter(Boolean).join(" · "));
    if (is && taken) {
      const genuine = await read(code, taken.keys);
      if (genuine) mark(genuine.ticket);
      await remember("taken", taken);
    }
  } catch (error) {
    if (error instanceof Refused) return problem(error.message);
    online = false;
    await alone(asked);
  }
  await showState();
}

/** Tells what was done without a network. One tab at a time; what was told is forgotten only once it was taken in. */
async function upload() {
  await navigator.locks.request("usher-door-upload", async () => {
    for (;;) {
      const all = (await queued()).sort((one, other) => one.offlineAt.localeCompare(other.offlineAt));
      const scans = all.slice(0, UPLOAD_AT_ONCE).map(({ scanId, code, direction, offlineAt }) => ({ scanId, code, direction, offlineAt }));
      if (!scans.length) return;
      const { results } = await ask("/ticket/scan", { scans });
      await kept("queue", "readwrite", (store) => void results.forEach((result) => store.delete(result.scanId)));
      for (const result of results) {
        for (const conflict of result.conflicts) tell(result, conflict);
        if (result.outcome === "refused") tell(result, { cause: result.reason });
      }
    }
  });
}

function tell(result, conflict) {
  const line = document.createElement("li");
  const other = conflict.with ? { door: conflict.with.door, time: clock(conflict.with.at) } : undefined;
  const cause = say(`cause.${conflict.cause}` in words.say ? `cause.${conflict.cause}` : conflict.cause);
  line.textContent = say(other ? "conflict.with" : "conflict", { place: placed(result.place) || say("ticket"), cause, ...other });
  element("conflicts").prepend(line);
}

async function refresh() {
  if (!pass) return;
  try {
    await upload();
    await take();
    online = true;
    problem("");
  } catch (error) {
    if (error instanceof Refused) problem(error.message);
    else online = false;
  }
  await showState();
}

// ---- The camera -------------------------------------------------------------------------------------------------------
async function look() {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const video = element("picture");
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.hidden = false;
  await video.play();
  let last = "";
  let since = 0;
  for (;;) {
    const [found] = await detector.detect(video).catch(() => []);
    const now = performance.now();
    // The same code stays in the picture for a while; it counts anew when it was away for two seconds.
    if (found && (found.rawValue !== last || now - since > 2000)) await scan(found.rawValue);
    if (found) [last, since] = [found.rawValue, performance.now()];
    await new Promise((soon) => setTimeout(soon, 120));
  }
}

// ---- The beginning ----------------------------------------------------------------------------------------------------
element("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = element("code");
  element("code").value = "";
  void scan(value);
});
for (const choice of document.querySelectorAll("[data-direction]")) {
  choice.addEventListener("click", () => {
    direction = choice.dataset.direction;
    for (const one of document.querySelectorAll("[data-direction]")) one.setAttribute("aria-pressed", String(one === choice));
  });
}
element("look").addEventListener("click", () => {
  element("look").disabled = true;
  look().catch((error) => problem(say("cameraOff", { problem: error.message })));
});
const sees = "BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
element("camera").hidden = !sees;
element("blind").hidden = sees;
window.addEventListener("online", refresh);
window.addEventListener("offline", () => { online = false; void showState(); });

if (location.hash.length > 1) {
  const fresh = location.hash.slice(1);
  if ((await remembered("pass")) !== fresh) await remember("taken", undefined);
  await remember("pass", fresh);
  // The address is shown, sent on and kept in histories: the pass does not stay in it.
  history.replaceState(undefined, "", location.pathname);
}
pass = await remembered("pass");
taken = await remembered("taken");
if (pass) {
  element("desk").hidden = false;
  await navigator.serviceWorker?.register("/assets/booking/scanner-worker.js", { scope: "/ticket/scanner" });
  await navigator.storage?.persist?.();
  await refresh();
  setInterval(refresh, 15000);
} else {
  problem(say("link"));
}
document.body.dataset.ready = "true";
