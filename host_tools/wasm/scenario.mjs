// node scenario.mjs END: plays scenarios on MicroPython wasm32 as host_tools/node/run_scenario.py.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { put, start } from "./host.mjs";

const mp = await start();
mp.runPython("from host_tools.node.run_scenario import play as _play");
const play = mp.globals.get("_play");
for await (const file of createInterface({ input: process.stdin })) {
  for (const name of readdirSync(dirname(file))) {
    const path = join(dirname(file), name);
    if (/\.(txt|json|b64)$/.test(name)) put(mp, path, readFileSync(path));
  }
  play(file, process.argv[2]);
}
