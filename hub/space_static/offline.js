// Keeping the page's files, so that it works without a connection and every file comes with a rule against any other.

const PATIENCE = 120000; // milliseconds

/** Has the service worker keep everything; where a browser keeps nothing, the page works as long as it is connected. */
export class Offline {
  constructor(told) {
    this.told = told;
  }

  /** Returns when the service worker answers for the page, or cannot; gives whether the page's files are kept. */
  async prepare() {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return false;
    serviceWorker.addEventListener("message", ({ data }) => this.told(data.share));
    try {
      const taken = new Promise((resolve) => { serviceWorker.addEventListener("controllerchange", () => resolve(true)); });
      const registration = await serviceWorker.register("service_worker.js");
      if (serviceWorker.controller) return true;
      const late = new Promise((resolve) => { setTimeout(() => resolve(false), PATIENCE); });
      return await Promise.race([taken, refused(registration), late]);
    } catch {
      return false; // private windows and plain http: no service worker there
    }
  }
}

/** Resolves when a service worker gave up, as it does where there is no room for the files. */
function refused({ installing }) {
  return new Promise((resolve) => {
    installing?.addEventListener("statechange", () => { if (installing.state === "redundant") resolve(false); });
  });
}
