// node size.mjs BUNDLE ROLE: the live heap of a role on MicroPython wasm32, as JSON octets.
// BUNDLE holds the compiled modules as they go onto a board.

import { liveHeap, startCompiled } from "./host.mjs";

const [bundle, role] = process.argv.slice(2);

const mp = await startCompiled(bundle);
mp.runPython(`from host_tools.node.heap_probe import Probe\n_probe = Probe("${role}")`);
const empty = liveHeap(mp);
mp.runPython("_probe.load()");
const loaded = liveHeap(mp);
mp.runPython("_probe.assemble()");
mp.runPython("_probe.run(3700)");
const live = liveHeap(mp) - empty;
console.log(JSON.stringify({ code: loaded - empty, data: live - (loaded - empty), live }));
