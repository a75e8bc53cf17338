// A bridge to MQTT of a stranger's: zigbee2mqtt on an RCP, and a broker in this process.
//
//   node bridge.mjs '{"port": 7000, "channel": 20, "pan_id": 6756, "network_key": "0103..."}'
//
// Lets devices in with the well-known link key. Says each message of the broker's as a JSON object
// a line, {"event": "mqtt", "topic": ..., "payload": ...}, and ends at the end of its input.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { say } from "../orders.mjs";

const PERMIT_S = 254;
// It takes permit_join a little after it says that it is online.
const SETTLED_MS = 2000;
const settings = JSON.parse(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "bridge-"));

const broker = await Aedes.createBroker();
const server = createServer(broker.handle);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `mqtt://127.0.0.1:${server.address().port}`;

// JSON is YAML too.
const configuration = {
    version: 4,
    homeassistant: { enabled: false },
    frontend: { enabled: false },
    mqtt: { base_topic: "zigbee2mqtt", server: address },
    serial: { adapter: "zoh", port: `tcp://127.0.0.1:${settings.port}` },
    advanced: {
        channel: settings.channel,
        pan_id: settings.pan_id,
        ext_pan_id: [0x00, 0xdb, 0x12, 0x34, 0x56, 0x78, 0x90, 0xff],
        network_key: [...Buffer.from(settings.network_key, "hex")],
        log_output: ["console"],
        log_level: "info",
    },
};
writeFileSync(join(folder, "configuration.yaml"), JSON.stringify(configuration, null, 4));

const program = join(dirname(fileURLToPath(import.meta.url)), "node_modules/zigbee2mqtt/index.js");
// Not here: in somebody's checkout it would take that for its own, and build itself anew.
const child = spawn("node", [program], {
    cwd: folder,
    env: { ...process.env, ZIGBEE2MQTT_DATA: folder, Z2M_ONBOARD_NO_SERVER: "1" },
    stdio: ["ignore", process.stderr, process.stderr],
});
child.on("exit", (code) => end(code ?? 1));

const client = await mqtt.connectAsync(address);
client.on("message", (topic, octets) => {
    const payload = octets.toString();
    say("mqtt", { topic, payload });
    if (topic === "zigbee2mqtt/bridge/state" && payload.includes("online")) {
        setTimeout(() => {
            client.publish("zigbee2mqtt/bridge/request/permit_join", JSON.stringify({ time: PERMIT_S }));
            say("formed", { pan_id: settings.pan_id });
        }, SETTLED_MS);
    }
});
await client.subscribeAsync("zigbee2mqtt/#");

let ended = false;
function end(code) {
    if (ended) return;
    ended = true;
    child.kill();
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
}

process.stdin.on("end", () => end(0)).resume();
process.on("SIGINT", () => end(0));
