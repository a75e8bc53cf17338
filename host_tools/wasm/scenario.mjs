// node scenario.mjs FILE: runs a scenario on MicroPython wasm32 and prints its transcript.

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { put, start } from "./host.mjs";

const file = process.argv[2];
const mp = await start();
for (const name of readdirSync(dirname(file))) {
  if (/\.(txt|json|b64)$/.test(name)) put(mp, `/scenario/${name}`, readFileSync(join(dirname(file), name)));
}
mp.globals.set("_name", basename(file));
mp.runPython(`
import time
from host_tools.node.scenario import run_file
_fault = run_file("/scenario/" + _name, print, time.ticks_us)
`);
const fault = mp.globals.get("_fault");
if (fault) {
  console.error(fault);
  process.exitCode = 1;
}
