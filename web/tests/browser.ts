/** What modules of the page touch of a browser as they load. Imported before them. */
const nothing = (): void => undefined;
const kept = new Map<string, string>();

Object.assign(globalThis, {
  addEventListener: nothing,
  removeEventListener: nothing,
  location: { hash: "", origin: "http://127.0.0.1:4596", href: "http://127.0.0.1:4596/" },
  localStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  },
});
