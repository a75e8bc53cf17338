// node device.mjs DESCRIPTION.json PORT [HEAP_LOG]: a device of the desk on MicroPython wasm32.
// Answers the conductor's datagrams; with HEAP_LOG, writes the live heap at each hour of its time.

import { createSocket } from "node:dgram";
import { appendFileSync, readFileSync } from "node:fs";
import { liveHeap, put, start } from "./host.mjs";

const HELLO_MS = 100;
const EMPTY_DONE_BYTES = 18;
const [descriptionPath, ...rest] = process.argv.slice(2);
const port = Number(rest.at(-1));
const heapLog = rest.length > 1 ? rest[0] : null;

const description = JSON.parse(readFileSync(descriptionPath, "utf8"));
const mp = await start();
if (description.house) {
  put(mp, "/house.csv", readFileSync(description.house.half_hours));
  description.house.half_hours = "/house.csv";
}
description.state = "/state";
mp.globals.set("_description", JSON.stringify(description));
mp.runPython(`
import json, time
from binascii import hexlify, unhexlify
from host_tools.node.agent import Agent
from host_tools.node.device import DeskDevice
_device = DeskDevice(json.loads(_description), time.ticks_us)
_agent = Agent(_device)
del _description
def _answer(datagram):
    return hexlify(_agent.answer(unhexlify(datagram))).decode()
def _hour():
    return _device.clock.utc_s() // 3600
def _stopped():
    return _agent.stopped
`);
const answer = mp.globals.get("_answer");
const hourNow = mp.globals.get("_hour");
const stopped = mp.globals.get("_stopped");

const socket = createSocket("udp4");
socket.connect(port, "127.0.0.1");
const hello = setInterval(() => socket.send(`H${description.role}`), HELLO_MS);
let hour = null;
socket.on("message", (datagram) => {
  clearInterval(hello);
  const reply = Buffer.from(answer(datagram.toString("hex")), "hex");
  socket.send(reply);
  // The agent keeps its last reply; one with a frame in it would pass for the meter's own heap.
  if (heapLog && hourNow() !== hour && reply.length === EMPTY_DONE_BYTES) {
    hour = hourNow();
    appendFileSync(heapLog, `${hour} ${liveHeap(mp)}\n`);
  }
  if (stopped()) socket.close();
});
socket.on("connect", () => socket.send(`H${description.role}`));
