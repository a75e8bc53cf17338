// node coordinator.mjs HOST:PORT FOLDER [CHANNEL [SECONDS]]: an independent Zigbee coordinator and
// Trust Centre on one of our RCPs, open for joining; prints a JSON line for each thing it sees.
//
// FOLDER is where `npm i zigbee-on-host@0.3.0` was run, and keeps the network's state (none to
// begin with: the network of an earlier run is forgotten). The package is GPL-3.0-or-later, so it
// is run beside Protometer as a test's peer and is no part of it. For instance
//
//   mkdir /tmp/peer && (cd /tmp/peer && npm i zigbee-on-host@0.3.0)
//   protometer rcp --port 9000 &
//   protometer sniff --port 9000 --channel 15 --out peer.pcapng &
//   node host_tools/interop/coordinator.mjs 127.0.0.1:9000 /tmp/peer 15
//
// `PROTOMETER_PEER=/tmp/peer pytest tests/desk/test_coordinator.py` does this by itself.
//
// On its standard input it takes lines of JSON: {"permit": seconds}, {"stop": true}, or
// {"unicast": "hex of a ZCL frame", "cluster": n, "to": short address, "endpoint": n,
// "profile": n (0x0109)}. With TC_KEY (32 hex digits) in the environment that is the Trust Centre
// link key, for instance one derived from an install code; else it is ZigBeeAlliance09.

import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const PAN_ID = 0x2b73;
const EXTENDED_PAN_ID = 0x00db12345678aa00n;
const EUI64 = 0x00db1234567890c0n;
const NETWORK_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const ALLIANCE_KEY = "5a6967426565416c6c69616e63653039"; // "ZigBeeAlliance09"
const SMART_ENERGY = 0x0109;

const [address, folder, channel = "15", seconds = "254"] = process.argv.slice(2);
const [host, port] = address.split(":");
const load = createRequire(join(resolve(folder), "package.json"));
const { OTRCPDriver } = load("zigbee-on-host/dist/drivers/ot-rcp-driver.js");
// What it tells of itself goes to standard error, with VERBOSE in the environment.
const tell = (what) => (process.env.VERBOSE ? console.error(typeof what === "function" ? what() : what) : null);
load("zigbee-on-host/dist/utils/logger.js").setLogger({
  debug: tell,
  info: tell,
  warning: (what) => console.error(typeof what === "function" ? what() : what),
  error: (what) => console.error(what),
});
const state = join(resolve(folder), "state");
rmSync(state, { recursive: true, force: true });

function show(event) {
  const plain = (_, value) => (typeof value === "bigint" ? value.toString(16).padStart(16, "0") : value);
  process.stdout.write(`${JSON.stringify(event, plain)}\n`);
}

const about = (what) => (short, eui64) => show({ event: what, short, eui64 });
const callbacks = {
  onFatalError: (message) => show({ event: "fatal", message }),
  onMACFrame: (psdu, rssi) => show({ event: "mac", psdu: psdu.toString("hex"), rssi }),
  onFrame: (short, eui64, aps, payload) =>
    show({
      event: "aps",
      short,
      eui64,
      profile: aps.profileId,
      cluster: aps.clusterId,
      payload: payload.toString("hex"),
    }),
  onGPFrame: () => {},
  onDeviceJoined: about("joined"),
  onDeviceRejoined: about("rejoined"),
  onDeviceLeft: about("left"),
  onDeviceAuthorized: about("authorized"),
};
const transmission = {
  txChannel: Number(channel),
  ccaBackoffAttempts: 1,
  ccaRetries: 4,
  enableCSMACA: true,
  headerUpdated: true,
  reTx: false,
  securityProcessed: true,
  txDelay: 0,
  txDelayBaseTime: 0,
  rxChannelAfterTxDone: Number(channel),
};
const network = {
  eui64: EUI64,
  panId: PAN_ID,
  extendedPanId: EXTENDED_PAN_ID,
  channel: Number(channel),
  nwkUpdateId: 0,
  txPower: 5,
  networkKey: Buffer.from(NETWORK_KEY, "hex"),
  networkKeyFrameCounter: 0,
  networkKeySequenceNumber: 0,
  tcKey: Buffer.from(process.env.TC_KEY ?? ALLIANCE_KEY, "hex"),
  tcKeyFrameCounter: 0,
};

// A socket has the 'data' event and write() of the transport that the driver wants.
const socket = connect(Number(port), host);
socket.setNoDelay(true);
socket.on("error", (fault) => {
  show({ event: "fatal", message: String(fault) });
  process.exit(1);
});
socket.on("close", () => process.exit(0));
const driver = new OTRCPDriver(socket, callbacks, transmission, network, state, true);
await new Promise((connected) => socket.once("connect", connected));
await driver.start();
await driver.formNetwork();
driver.context.allowJoins(Number(seconds), true);
show({ event: "formed", pan_id: PAN_ID, channel: Number(channel), eui64: EUI64 });

async function obey(order) {
  if (order.stop) {
    await driver.stop();
    socket.end();
  } else if (order.permit !== undefined) {
    driver.context.allowJoins(order.permit, true);
  } else {
    const zcl = Buffer.from(order.unicast, "hex");
    const profile = order.profile ?? SMART_ENERGY;
    await driver.sendUnicast(zcl, profile, order.cluster, order.to, undefined, order.endpoint, 1);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  await obey(JSON.parse(line)).catch((fault) => show({ event: "refused", message: String(fault) }));
}
