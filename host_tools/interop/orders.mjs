// How the programs of this folder talk: what happens as one JSON object a line on standard output,
// orders the same way on standard input.

import { createInterface } from "node:readline";

// BigInts, which EUI-64s are, are told in hexadecimal.
const plain = (_, value) => (typeof value === "bigint" ? value.toString(16).padStart(16, "0") : value);

export function say(event, what = {}) {
    process.stdout.write(`${JSON.stringify({ event, ...what }, plain)}\n`);
}

export const log = (text) => process.stderr.write(`${typeof text === "function" ? text() : text}\n`);

// Obeys {"do": name, ...} by orders[name], then stops.
export async function obey(orders) {
    for await (const line of createInterface({ input: process.stdin })) {
        const order = JSON.parse(line);
        try {
            await orders[order.do](order);
        } catch (error) {
            say("failed", { order: order.do, text: String(error) });
        }
    }
    await orders.stop();
}
