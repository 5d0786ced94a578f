// A client in node: commands come as lines of JSON, and what happens goes out as such.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { carriesOut } from "./commands.mjs";

globalThis.WebSocket ??= WebSocket; // node has one of its own from version 22 on
const { default: found } = await import(pathToFileURL(process.argv[2]));
const library = found.default ?? found; // as CommonJS has it
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const carryOut = carriesOut(library(tell), tell);
tell({ told: "up" });
for await (const line of createInterface({ input: process.stdin })) void carryOut(JSON.parse(line));
process.exit();
