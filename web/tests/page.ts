/** What of a browser those modules touch that watch whether the page is seen. Imported before them. */
import "./browser";

export const watchable = { online: true };

Object.assign(globalThis, {
  document: { addEventListener: () => undefined, removeEventListener: () => undefined, visibilityState: "visible" },
});
Object.defineProperty(globalThis, "navigator", {
  configurable: true,
  value: {
    get onLine() {
      return watchable.online;
    },
  },
});
