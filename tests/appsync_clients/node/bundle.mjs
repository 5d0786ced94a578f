// Bundles what runs in a page, and what node cannot run as it is: `node bundle.mjs FOLDER`.
import { build } from "esbuild";

const [outdir] = process.argv.slice(2);
await build({
  entryPoints: ["src/amplify.page.mjs", "src/apollo.page.mjs", "src/events.page.mjs"],
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022",
  define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
});
// In node the ES module of aws-appsync-auth-link 4.0.2 cannot sign: it looks for a class where CommonJS has none.
await build({
  entryPoints: ["src/apollo.mjs"],
  outdir,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
});
