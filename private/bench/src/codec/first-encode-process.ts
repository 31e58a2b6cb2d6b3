// A process of its own: says how long the first entry of ten rows takes, by us and by apache-arrow, in the order asked for.

import { argv } from "node:process";
import { loadCodec } from "@memwal/wal-ipc-wasm";
import { realClock } from "@memwal/wal-runtime";
import { Int32, RecordBatchStreamWriter, Table, tableFromIPC, Utf8, vectorFromArray } from "apache-arrow";

export interface FirstEncodes {
	readonly memwalMs: number;
	readonly apacheMs: number;
	readonly loadMs: number;
}

const startedMs = realClock.monotonicMs();
const codec = await loadCodec();
const loadMs = realClock.monotonicMs() - startedMs;

const { schema, batches } = new Table({
	id: vectorFromArray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], new Int32()),
	note: vectorFromArray(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], new Utf8()),
});
const header = { writerEpoch: 1n, fenceSentinel: false };
const writeId = new Uint8Array(16);

const byMemwal = () => codec.encode({ schema, batches, header, writeId }).bytes;
const byApache = () => RecordBatchStreamWriter.writeAll(batches).toUint8Array(true);
let memwalMs = Number.NaN;
let apacheMs = Number.NaN;
const order = argv[2] === "memwal" ? (["memwal", "apache"] as const) : (["apache", "memwal"] as const);
const made: Uint8Array[] = [];
for (const side of order) {
	const beganMs = realClock.monotonicMs();
	made.push(side === "memwal" ? byMemwal() : byApache());
	const tookMs = realClock.monotonicMs() - beganMs;
	if (side === "memwal") memwalMs = tookMs;
	else apacheMs = tookMs;
}
for (const bytes of made) {
	if (tableFromIPC(bytes).getChild("note")?.get(9) !== "j") throw new Error("the entry is not what was to be encoded");
}
console.log(JSON.stringify({ memwalMs, apacheMs, loadMs } satisfies FirstEncodes));
