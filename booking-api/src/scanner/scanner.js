// The door. Asks the service whether a ticket may pass; where there is no network it decides by what it took along, keeps
// what it did, and tells it later, once.
const LONGEST_ANSWER = 3000;
const UPLOAD_AT_ONCE = 100;
const element = (id) => document.getElementById(id);

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
  element("net").textContent = online ? "Online" : "Without a network";
  element("net").dataset.online = String(online);
  element("queue").textContent = waiting ? `${waiting} to be told` : "All told";
  element("queue").dataset.waiting = String(waiting);
  if (!taken) return;
  const day = new Date(taken.startsAt).toLocaleString([], { timeZone: taken.timeZone, dateStyle: "medium", timeStyle: "short" });
  element("where").textContent = `${taken.door} · ${taken.title}, ${day}`;
  element("inside").textContent = `${taken.inside.length} inside, as far as this door knows.`;
  element("known").textContent = `${taken.tickets.length} tickets and ${Object.keys(taken.revoked).length} revoked ones taken along at ${new Date(taken.at).toLocaleTimeString()}.`;
}

function problem(text) {
  element("problem").textContent = text;
  element("problem").hidden = !text;
}

class Refused extends Error {}

async function ask(path, body) {
  const headers = { authorization: `Bearer ${pass}`, accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  const request = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store" };
  const answer = await fetch(path, { ...request, signal: AbortSignal.timeout(body ? LONGEST_ANSWER : 20000) });
  if (answer.status === 401 || answer.status === 403) throw new Refused((await answer.json()).title);
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
const WORDS = {
  notGenuine: "Not a ticket of this event",
  revoked: "This ticket is not valid any more",
  alreadyIn: "Somebody is in with this ticket",
  notIn: "Nobody is in with this ticket",
  scanIdReused: "Scan it once more",
};
const passed = () => (direction === "in" ? "Come in" : "Goodbye");

function mark(ticket) {
  const inside = new Set(taken.inside);
  if (direction === "in") inside.add(ticket);
  else inside.delete(ticket);
  taken.inside = [...inside];
}

/** Decides by what was taken along. */
async function alone(scan) {
  if (!taken) return show("refused", "Cannot be checked", "This door has taken nothing along yet. It needs the network once.");
  const code = await read(scan.code, taken.keys);
  if (!code || code.event !== taken.eventId) return show("refused", WORDS.notGenuine, "");
  const known = taken.tickets.find(([ticket]) => ticket === code.ticket);
  const place = known ? known[2] : "Sold after this door looked last.";
  if (code.serial <= (taken.revoked[code.ticket] || 0)) return show("refused", WORDS.revoked, place);
  if (taken.inside.includes(code.ticket) === (direction === "in")) {
    return show("refused", direction === "in" ? WORDS.alreadyIn : WORDS.notIn, place);
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
  busy = busy.then(() => check(code.trim())).catch((error) => problem(String(error.message || error)));
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
    const last = result.last ? `${result.last.door}, ${new Date(result.last.at).toLocaleTimeString()}` : "";
    show(result.outcome, is ? passed() : WORDS[result.reason], [result.place, last].filter(Boolean).join(" · "));
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

const CAUSES = { twiceIn: "two went in with one ticket", revoked: "the ticket was not valid any more" };

function tell(result, conflict) {
  const line = document.createElement("li");
  const other = conflict.with ? ` (the other: ${conflict.with.door}, ${new Date(conflict.with.at).toLocaleTimeString()})` : "";
  line.textContent = `${result.place || "A ticket"}: ${CAUSES[conflict.cause] || WORDS[conflict.cause]}${other}`;
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
  look().catch((error) => problem(`The camera cannot be used: ${error.message}`));
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
  problem("Open the link of your door: the organizer has it.");
}
document.body.dataset.ready = "true";
