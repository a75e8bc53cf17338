// A network of a stranger's: zigbee-on-host as coordinator and trust centre on an RCP.
//
//   node coordinator.mjs '{"port": 7000, "channel": 20, "pan_id": 6754, "tc_key": "66b6..."}'
//
// Says what happens as one JSON object a line; takes orders the same way on its standard input:
//   {"do": "send", "to": 12345, "profile": 265, "cluster": 1794, "endpoint": 1, "payload": "..."}
//   {"do": "zdo", "to": 12345, "cluster": 2, "payload": "..."}
//   {"do": "stop"}

import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OTRCPDriver } from "zigbee-on-host";
import { setLogger } from "zigbee-on-host/dist/utils/logger.js";
import { log, obey, say } from "./orders.mjs";

const settings = JSON.parse(process.argv[2]);
const OUR_ENDPOINT = 1;
const PERMIT_S = 254;

setLogger({ debug: log, info: log, warning: log, error: log });

const radio = {
    txChannel: settings.channel,
    ccaBackoffAttempts: 1,
    ccaRetries: 4,
    enableCSMACA: true,
    headerUpdated: true,
    reTx: false,
    securityProcessed: true,
    txDelay: 0,
    txDelayBaseTime: 0,
    rxChannelAfterTxDone: settings.channel,
};

const network = {
    eui64: 0x00db1234567890ffn,
    panId: settings.pan_id,
    extendedPanId: 0x00db1234567890ffn,
    channel: settings.channel,
    nwkUpdateId: 0,
    txPower: 5,
    networkKey: Buffer.from(settings.network_key, "hex"),
    networkKeyFrameCounter: 0,
    networkKeySequenceNumber: 0,
    tcKey: Buffer.from(settings.tc_key, "hex"),
    tcKeyFrameCounter: 0,
};

const callbacks = {
    onFatalError: (text) => say("fatal", { text }),
    onMACFrame: () => {},
    onGPFrame: () => {},
    onFrame: (from, fromExtended, header, payload) =>
        say("frame", {
            from,
            profile: header.profileId,
            cluster: header.clusterId,
            endpoint: header.sourceEndpoint,
            payload: payload.toString("hex"),
        }),
    onDeviceJoined: (address, extended) => say("joined", { address, extended }),
    onDeviceRejoined: (address, extended) => say("rejoined", { address, extended }),
    onDeviceLeft: (address, extended) => say("left", { address, extended }),
    onDeviceAuthorized: (address, extended) => say("authorized", { address, extended }),
};

const orders = {
    send: ({ to, profile, cluster, endpoint, payload }) =>
        driver.sendUnicast(Buffer.from(payload, "hex"), profile, cluster, to, undefined, endpoint, OUR_ENDPOINT),
    zdo: ({ to, cluster, payload }) => driver.sendZDO(Buffer.from(payload, "hex"), to, undefined, cluster),
    stop,
};

async function stop() {
    await driver.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "coordinator-"));
const socket = connect(settings.port, "127.0.0.1");
socket.setNoDelay(true);
const driver = new OTRCPDriver(socket, callbacks, radio, network, folder);
await new Promise((resolve) => socket.once("connect", resolve));
await driver.start();
await driver.formNetwork();
driver.context.allowJoins(PERMIT_S, true);
say("formed", { pan_id: settings.pan_id });

await obey(orders);
