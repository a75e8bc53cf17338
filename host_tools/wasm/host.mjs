// MicroPython wasm32 with the firmware in its file system and node's AES as cryptolib.

import { createCipheriv, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript";

// A Python traceback says it all; the interpreter's own source does not.
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const KEPT = /\.(py|tbl)$/;

function* filesBelow(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else if (KEPT.test(name)) yield path;
  }
}

/** Writes a file of the host, or a text of ours, to a path in MicroPython's file system. */
export function put(mp, path, content) {
  let made = "";
  for (const part of dirname(path).split("/").filter(Boolean)) {
    made += `/${part}`;
    try {
      mp.FS.mkdir(made);
    } catch {
      mp.FS.stat(made);
    }
  }
  mp.FS.writeFile(path, content);
}

function putTree(mp, folder, target) {
  for (const path of filesBelow(join(ROOT, folder))) {
    put(mp, `${target}/${relative(join(ROOT, folder), path)}`, readFileSync(path));
  }
}

function putCompiled(mp, folder, target) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) putCompiled(mp, path, `${target}/${name}`);
    else put(mp, `${target}/${name}`, readFileSync(path));
  }
}

async function startEmpty() {
  const mp = await loadMicroPython({ heapsize: 1 << 20, linebuffer: true });
  mp.registerJsModule("node_aes", {
    encrypt(mode, key, iv, text) {
      const vector = mode.endsWith("ecb") ? null : Buffer.from(iv, "hex");
      const cipher = createCipheriv(mode, Buffer.from(key, "hex"), vector).setAutoPadding(false);
      return cipher.update(text, "hex", "hex") + cipher.final("hex");
    },
  });
  mp.registerJsModule("node_random", { octets: (count) => randomBytes(count).toString("hex") });
  putTree(mp, "host_tools/shim/wasm", "/lib");
  put(mp, "/lib/host_tools/__init__.py", "");
  mp.runPython('import sys\nsys.path.insert(0, "/lib")\nimport gc');
  return mp;
}

/** Starts an interpreter that can import the firmware's source and host_tools.node. */
export async function start() {
  const mp = await startEmpty();
  putTree(mp, "host_tools/node", "/lib/host_tools/node");
  putTree(mp, "firmware/protometer", "/lib/protometer");
  return mp;
}

/** Starts an interpreter that can import what is compiled below a folder: a bundle, and more. */
export async function startCompiled(folder) {
  const mp = await startEmpty();
  for (const name of ["protometer", "host_tools"]) {
    putCompiled(mp, join(folder, name), `/lib/${name}`);
  }
  return mp;
}

/** Returns the octets alive on the heap; garbage goes when control is back in JavaScript. */
export function liveHeap(mp) {
  mp.runPython("gc.collect()");
  mp.runPython("_live = gc.mem_alloc()");
  return mp.globals.get("_live");
}
