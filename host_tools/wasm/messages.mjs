// node messages.mjs FOLDER: a visit of host_tools/node/message_agent.py on MicroPython wasm32, its
// lines on stdin, the compiled modules below FOLDER. Prints what came of it, with the most octets
// that it had alive between two slices; garbage goes only there.

import { readFileSync } from "node:fs";
import { liveHeap, startCompiled } from "./host.mjs";

const mp = await startCompiled(process.argv[2]);
const empty = liveHeap(mp);
mp.globals.set("_lines", readFileSync(0, "utf8"));
mp.runPython("from host_tools.node.message_agent import begin");
mp.runPython("_visit = begin(_lines.splitlines())\n_lines = None");
let most = 0;
do {
  most = Math.max(most, liveHeap(mp));
  mp.runPython("_more = _visit.step()");
} while (mp.globals.get("_more"));
mp.globals.set("_most", Math.max(most, liveHeap(mp)) - empty);
mp.runPython("print(_visit.found(_most))");
