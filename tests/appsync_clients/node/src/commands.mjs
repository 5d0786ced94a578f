import { thrownBy } from "./thrown.mjs";

/** Returns what carries out a test's command, `{call, do, …}`, and tells `{reply}` with what came of it. */
export function carriesOut(client, tell) {
  return async ({ call, do: name, ...given }) => {
    try {
      tell({ reply: call, value: (await client[name](given)) ?? null });
    } catch (thrown) {
      tell({ reply: call, thrown: thrownBy(thrown) });
    }
  };
}
