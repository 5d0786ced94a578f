// Browsers start no workers from files. The site's search is one: opened from a folder, it runs in a hidden
// frame instead, so that it needs no server and asks no other host.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.onmessage = null;
      this.queue = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.documentElement.append(this.frame);
      const scope = this.frame.contentWindow;
      const base = new URL(url, document.baseURI);
      const load = (address) =>
        new Promise((resolve, reject) => {
          const script = scope.document.createElement("script");
          script.src = new URL(address, base);
          script.onload = resolve;
          script.onerror = reject;
          scope.document.documentElement.append(script);
        });
      scope.postMessage = (data) => this.answer(data);
      scope.importScripts = (...addresses) =>
        addresses.reduce((before, address) => before.then(() => load(address)), Promise.resolve());
      load(base).then(() => {
        const waiting = this.queue;
        this.queue = null;
        waiting.forEach((data) => this.postMessage(data));
      });
    }

    postMessage(data) {
      if (this.queue) this.queue.push(data);
      else this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    answer(data) {
      const message = new MessageEvent("message", { data });
      setTimeout(() => {
        this.dispatchEvent(message);
        if (this.onmessage) this.onmessage(message);
      });
    }

    terminate() {
      this.frame.remove();
    }
  };
}
