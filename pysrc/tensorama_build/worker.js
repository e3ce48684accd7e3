// The site as an app: after one visit it needs no network. Put beside index.html by `installable.py`.
//
// Every version of the site has a cache of its own, in which each file has the hash that this list
// says: what a host has changed meanwhile is never mixed in. A page that was loaded from a version is
// answered out of that version's cache until it is gone, also when a newer worker answers already.
const FILES = {{files}};  // path → [hash, whether it is kept before anybody asks for it]
const HOME = registration.scope;
const KIND = `tensorama ${HOME} `;
const OWN = KIND + "{{version}}";

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const hash = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 16);
const mark = (client) => `${HOME}?client=${client}`;

// A file of this version from the host; what the browser has kept of it is asked first.
const fetched = async (path) => {
  for (const cache of ["force-cache", "reload"]) {
    const answer = await fetch(HOME + path, {cache});
    if (!answer.ok) continue;
    const bytes = await answer.arrayBuffer();
    if (await hash(bytes) !== FILES[path][0]) continue;
    const type = answer.headers.get("content-type") ?? "";
    return new Response(bytes, {headers: {"content-type": type, "content-length": bytes.byteLength, "x-hash": FILES[path][0]}});
  }
  throw new Error(`${path} is not of this version`);
};

const others = async () => (await caches.keys()).filter((name) => name.startsWith(KIND) && name !== OWN);

const keep = async (path) => {
  const own = await caches.open(OWN);
  if (await own.match(HOME + path)) return;
  for (const name of await others()) {
    const kept = await (await caches.open(name)).match(HOME + path);
    if (kept?.headers.get("x-hash") === FILES[path][0]) return own.put(HOME + path, kept);
  }
  await own.put(HOME + path, await fetched(path));
};

addEventListener("install", (event) => event.waitUntil((async () => {
  const waiting = Object.keys(FILES).filter((path) => FILES[path][1]);
  const next = async () => { while (waiting.length) await keep(waiting.shift()); };
  await Promise.all([next(), next(), next(), next()]);
})()));

// Caches of versions of which no page is open any more go.
const tidy = async () => {
  const open = await clients.matchAll({includeUncontrolled: true});
  for (const name of await others()) {
    const cache = await caches.open(name);
    const used = await Promise.all(open.map(({id}) => cache.match(mark(id))));
    if (!used.some(Boolean)) await caches.delete(name);
  }
  return open;
};

// So do the marks of pages that are gone.
const begin = async () => {
  const open = await tidy(), own = await caches.open(OWN);
  for (const {url} of await own.keys())
    if (url.startsWith(mark("")) && !open.some(({id}) => url === mark(id))) await own.delete(url);
};

// The cache of the version that a page was loaded from.
const cacheOf = async (client) => {
  for (const name of await others()) {
    const cache = await caches.open(name);
    if (await cache.match(mark(client))) return cache;
  }
  return caches.open(OWN);
};

const answer = async (request, path, client) => {
  const cache = await cacheOf(client);
  const kept = await cache.match(HOME + path);
  if (kept) return kept;
  if (!FILES[path]) return fetch(request);
  try {
    await keep(path);
    return (await caches.open(OWN)).match(HOME + path);
  } catch {
    return fetch(request);
  }
};

addEventListener("fetch", (event) => {
  const {request, clientId, resultingClientId} = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(HOME)) return;
  const path = decodeURIComponent(url.pathname.slice(new URL(HOME).pathname.length)).replace(/(^|\/)$/, "$1index.html");
  if (request.mode !== "navigate") return event.respondWith(answer(request, path, clientId));
  if (!FILES[path]) return;
  event.respondWith((async () => {
    await (await caches.open(OWN)).put(mark(resultingClientId), new Response());
    return answer(request, path, resultingClientId);
  })());
});

addEventListener("activate", (event) => event.waitUntil(begin()));
addEventListener("message", (event) => {
  if (event.data === "go") skipWaiting();
  if (event.data === "tidy") event.waitUntil(tidy());
});
