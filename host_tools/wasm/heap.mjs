// node heap.mjs FILE TIMES: runs a Python file on MicroPython wasm32, then its hour() so many
// times, and prints the live heap after each.

import { readFileSync } from "node:fs";
import { liveHeap, start } from "./host.mjs";

const [file, times] = process.argv.slice(2);
const mp = await start();
mp.runPython(readFileSync(file, "utf8"));
for (let run = 0; run < Number(times); run++) {
  mp.runPython("hour()");
  console.log(liveHeap(mp));
}
