/** A client in a page: a test calls `carryOut`, and is told what happens by `hear`, which it provides. */
import { carriesOut } from "./commands.mjs";

export function serve(library) {
  const tell = (message) => void window.hear(JSON.stringify(message));
  const carryOut = carriesOut(library(tell), tell);
  window.carryOut = (line) => void carryOut(JSON.parse(line));
  tell({ told: "up" });
}
