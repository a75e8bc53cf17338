// A gateway of a stranger's: zigbee-herdsman, with zigbee-on-host below it, on an RCP.
//
//   node gateway.mjs '{"port": 7000, "channel": 20, "pan_id": 6756, "network_key": "0103..."}'
//
// Lets devices in with the well-known link key. Says what happens as one JSON object a line; takes
// orders the same way on its standard input:
//   {"do": "report", "device": "00db...", "cluster": "seMetering", "attributes": [
//       {"attribute": "instantaneousDemand", "minimumReportInterval": 1,
//        "maximumReportInterval": 5, "reportableChange": 1}]}   binds, and configures reporting
//   {"do": "read", "device": "00db...", "cluster": "seMetering", "attributes": ["multiplier"]}
//   {"do": "stop"}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Controller, setLogger } from "zigbee-herdsman";
import { log, obey, say } from "./orders.mjs";

const settings = JSON.parse(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "gateway-"));
setLogger({ debug: log, info: log, warning: log, error: log });

const controller = new Controller({
    network: {
        panID: settings.pan_id,
        extendedPanID: [0x00, 0xdb, 0x12, 0x34, 0x56, 0x78, 0x90, 0xff],
        channelList: [settings.channel],
        networkKey: [...Buffer.from(settings.network_key, "hex")],
        networkKeyDistribute: false,
    },
    transport: { adapter: "zoh", path: `tcp://127.0.0.1:${settings.port}` },
    databasePath: join(folder, "database.db"),
    databaseBackupPath: join(folder, "database.db.backup"),
    backupPath: join(folder, "backup.json"),
    adapter: { concurrent: 4, delay: 0, disableLED: true },
    acceptJoiningDeviceHandler: async () => true,
});

controller.on("deviceJoined", ({ device }) => say("joined", { device: device.ieeeAddr }));
// As its users do: what failed is tried again. An RCP takes one frame at a time, and refuses what is
// to go out while another does.
const TRIES = 3;
const PAUSE_MS = 1000;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

async function readAgain(endpoint, cluster, attributes, tries = TRIES) {
    try {
        return await endpoint.read(cluster, attributes);
    } catch (error) {
        if (tries === 1) throw error;
        log(`read: ${error}`);
        await pause();
        return readAgain(endpoint, cluster, attributes, tries - 1);
    }
}

async function interviewAgain(device) {
    for (let count = 1; count < TRIES; count++) {
        await pause();
        try {
            await device.interview(true);
            return describe("successful", device);
        } catch (error) {
            log(error);
        }
    }
}

function describe(status, device) {
    say("interview", {
        status,
        device: device.ieeeAddr,
        type: device.type,
        model: device.modelID,
        manufacturer: device.manufacturerName,
        power: device.powerSource,
        endpoints: device.endpoints.map((endpoint) => ({
            number: endpoint.ID,
            profile: endpoint.profileID,
            type: endpoint.deviceID,
            serves: endpoint.inputClusters,
        })),
    });
}

controller.on("deviceInterview", ({ status, device }) => {
    describe(status, device);
    if (status === "failed") interviewAgain(device);
});
controller.on("message", ({ type, device, cluster, data }) =>
    say("message", { type, device: device.ieeeAddr, cluster, data }),
);

const endpointOf = (device) => controller.getDeviceByIeeeAddr(`0x${device}`).getEndpoint(1);

const orders = {
    report: async ({ device, cluster, attributes }) => {
        const endpoint = endpointOf(device);
        await endpoint.bind(cluster, controller.getDevicesByType("Coordinator")[0].getEndpoint(1));
        await endpoint.configureReporting(cluster, attributes);
        say("configured", { device, cluster });
    },
    read: async ({ device, cluster, attributes }) =>
        say("values", { device, cluster, values: await readAgain(endpointOf(device), cluster, attributes) }),
    stop,
};

async function stop() {
    await controller.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
}

await controller.start();
await controller.permitJoin(254);
say("formed", { pan_id: settings.pan_id });

await obey(orders);
