"use strict";
// Keeps the page of the door, so that it opens without a network. What it asks the service for is never kept here.
const KEPT = "usher-door-2";
const PAGE = "/ticket/scanner";
const SHELL = [PAGE, "/assets/booking/usher.css", "/assets/booking/scanner.css", "/assets/booking/scanner.js"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("usher-door-") && name !== KEPT);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

// The network first, so that a mended page arrives; what is kept when it does not answer soon.
async function answer(request, path) {
  const kept = await caches.open(KEPT);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(2000) });
    if (fresh.ok) await kept.put(path, fresh.clone());
    return fresh;
  } catch {
    return (await kept.match(path)) || Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method === "GET" && SHELL.includes(path)) event.respondWith(answer(event.request, path));
});
