// Makes a page in one file, from the files of the site that this folder lies in; unpack.js opens them.

const base64 = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

// names: paths of files of the site; given: {path: text or blob} of others; opening: {model, link}, the
// address and the state that it shows; tell(part): how far it is. → a Blob of HTML. Rejects where a file cannot be had, or by the signal.
export const pack = async (site, names, given, opening, tell, signal) => {
  const get = async (name) => {
    const answer = await fetch(new URL(name, site), {signal});
    if (!answer.ok) throw new Error(name);
    return answer.blob();
  };
  const files = Object.entries(given).map(([name, part]) => [name, new Blob([part])]);
  for (const name of names) {
    files.push([name, await get(name)]);
    tell(0.5 * files.length / names.length);
  }
  const list = files.map(([name, blob]) => [name, blob.size]);
  const total = list.reduce((sum, [, size]) => sum + size, 0);
  let come = 0;
  const watched = new TransformStream({transform(chunk, out) {
    signal.throwIfAborted();
    come += chunk.length;
    tell(0.5 + 0.5 * come / total);
    out.enqueue(chunk);
  }});
  const raw = new Blob(files.map(([, blob]) => blob));
  const packed = raw.stream().pipeThrough(watched).pipeThrough(new CompressionStream("gzip"));
  const archive = await base64(await new Response(packed).blob());
  const page = await (await get("onefile/page.html")).text();
  const about = JSON.stringify({list, ...opening}).replaceAll("<", "\\u003c");
  return new Blob(page.split(/(<!--[a-z]+-->)/).map((part) =>
    ({"<!--packed-->": about, "<!--archive-->": archive})[part] ?? part), {type: "text/html"});
};
