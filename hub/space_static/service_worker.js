// Keeps every file of the page, and serves it with a rule that lets it connect to nothing but its own folder.

importScripts("files.js"); // self.FILES: { version, names, later }

const RULE =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; " +
  "media-src 'self' blob:; worker-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";
const LATER = self.FILES.later.map((name) => new URL(name, self.location.href).href);
const KEPT = `micron-bert-${self.FILES.version}`;

async function keep() {
  const cache = await caches.open(KEPT);
  let done = 0;
  for (const name of self.FILES.names) {
    await cache.add(new Request(name, { cache: "no-cache" }));
    done += 1;
    const pages = await self.clients.matchAll({ includeUncontrolled: true });
    pages.forEach((page) => page.postMessage({ share: done / self.FILES.names.length }));
  }
  await self.skipWaiting();
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("micron-bert-") && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request, { ignoreSearch: true });
  const response = kept ?? (await fetch(request));
  if (!kept && response.ok && LATER.includes(request.url)) await cache.put(request, response.clone()).catch(() => {}); // no room
  const headers = new Headers(response.headers);
  headers.set("Content-Security-Policy", RULE);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).origin === self.location.origin) event.respondWith(answer(event.request));
});
