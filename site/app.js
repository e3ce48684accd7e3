// The page as an app: a worker keeps its files for when there is no network, and brings newer ones as
// a whole. early.js asks for this once the network is live, and never in a frame of another page.
const home = new URL("./", import.meta.url);
const stage = document.getElementById("stage"), note = stage.querySelector(".tr-newer");

// A newer version is there, but pages of this one go on until they are loaded anew.
const tell = (registration) => {
  if (!registration.waiting || !navigator.serviceWorker.controller) return;
  note.hidden = false;
  note.querySelector("[data-lost]").hidden = stage.dataset.address !== "";
  note.querySelector("button").onclick = async () => {
    const link = await stage.tensorama?.link();
    if (link) history.replaceState(null, "", "#" + link);
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), {once: true});
    registration.waiting.postMessage("go");
  };
};

const registration = await navigator.serviceWorker
  .register(new URL("worker.js", home), {updateViaCache: "none"}).catch(() => null);
if (registration) {
  tell(registration);
  navigator.serviceWorker.controller?.postMessage("tidy");
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming.addEventListener("statechange", () => tell(registration));
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) registration.update().catch(() => {});
  });
}
