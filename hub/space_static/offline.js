// Keeping the page's files, so that it works without a connection and every file comes with a rule against any other.

const PATIENCE = 120000; // milliseconds

/** Has the service worker keep everything; where a browser has none, the page works as long as it is connected. */
export class Offline {
  constructor(told) {
    this.told = told;
  }

  /** Returns when the service worker answers for the page, or where there is none. */
  async prepare() {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return;
    serviceWorker.addEventListener("message", ({ data }) => this.told(data.share));
    try {
      const taken = new Promise((resolve) => { serviceWorker.addEventListener("controllerchange", resolve); });
      await serviceWorker.register("service_worker.js");
      if (serviceWorker.controller) return;
      await Promise.race([taken, new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
    } catch {
      // private windows and plain http: no service worker there
    }
  }
}
