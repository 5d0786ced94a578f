/** A client in a page: a test calls `carryOut`, and provides `hear`, which receives what happens. */
import { carriesOut } from "./commands.mjs";

export function serve(library) {
  const tell = (message) => void window.hear(JSON.stringify(message));
  const carryOut = carriesOut(library(tell), tell);
  window.carryOut = (line) => void carryOut(JSON.parse(line));
  tell({ told: "up" });
}
