import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // No inline helper script: the page's policy allows none.
    modulePreload: { polyfill: false },
    // Data addresses are for images alone; everything else is a file.
    assetsInlineLimit: 0,
  },
});
