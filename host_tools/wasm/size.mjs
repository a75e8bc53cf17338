// node size.mjs BUNDLE ROLE: the live heap of a role on MicroPython wasm32, as JSON octets.
// BUNDLE holds the compiled modules as they go onto a board.

import { liveHeap, startCompiled } from "./host.mjs";

const [bundle, role] = process.argv.slice(2);

async function startProbe() {
  const mp = await startCompiled(bundle);
  mp.runPython(`from host_tools.node.heap_probe import Probe\n_probe = Probe("${role}")`);
  const empty = liveHeap(mp);
  mp.runPython("_probe.load()");
  return { mp, used: () => liveHeap(mp) - empty };
}

const device = await startProbe();
device.mp.runPython("_probe.assemble()");
device.mp.runPython("_probe.run(3700)");
const live = device.used();
device.mp.runPython("import sys\n_loaded = ' '.join(sys.modules)");
const loaded = device.mp.globals.get("_loaded").split(" ");
device.mp.runPython("_probe.ask_for_key()");
device.mp.runPython("_probe.run(1900)");
const agreeing = device.used();

// The same modules, and nothing made of them: what is left of the live heap is data.
const library = await startProbe();
for (const name of loaded.filter((name) => name.startsWith("protometer."))) {
  library.mp.runPython(`__import__("${name}")`);
}
const code = library.used();
console.log(JSON.stringify({ loaded, code, data: live - code, live, agreeing }));
