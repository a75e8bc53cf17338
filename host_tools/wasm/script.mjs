// node script.mjs FILE: runs a Python file on MicroPython wasm32, the firmware importable.

import { readFileSync } from "node:fs";
import { start } from "./host.mjs";

const mp = await start();
mp.runPython(readFileSync(process.argv[2], "utf8"));
