import { existsSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { type RecordBatch, RecordBatchReader } from "apache-arrow";

/** The rows in a shard's folder, batch by batch, from the first entry that is not stored elsewhere. */
export function* readShard(folder: string): Generator<RecordBatch> {
	let version = 0n;
	while (existsSync(manifestPath(folder, version + 1n))) version += 1n;
	let position = version === 0n ? 0n : numberField(readFileSync(manifestPath(folder, version)), 3);
	for (;;) {
		position += 1n;
		const path = `${folder}/wal/${nameOf(position)}.arrow`;
		if (!existsSync(path)) return;
		yield* readEntry(readFileSync(path));
	}
}

function nameOf(n: bigint): string {
	return [...n.toString(2).padStart(64, "0")].reverse().join("");
}

function manifestPath(folder: string, version: bigint): string {
	return `${folder}/manifest/${nameOf(version)}.binpb`;
}

/** A number of a protobuf message that has only varints and length-delimited fields, as manifests do. */
function numberField(message: Uint8Array, field: number): bigint {
	let found = 0n;
	let at = 0;
	const varint = (): bigint => {
		for (let n = 0n, shift = 0n; ; shift += 7n) {
			const byte = message[at++] ?? 0;
			n |= BigInt(byte & 0x7f) << shift;
			if (byte < 0x80) return n;
		}
	};
	while (at < message.length) {
		const tag = Number(varint());
		const value = varint();
		if (tag === field << 3) found = value;
		if ((tag & 7) === 2) at += Number(value);
	}
	return found;
}

export function* readEntry(entry: Uint8Array): Generator<RecordBatch> {
	const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
	const size = entry.length;
	let end = size;
	if (new TextDecoder("latin1").decode(entry.subarray(-8)) === "MEMWALT1") {
		if (view.getUint32(size - 12, true) !== 1) throw new Error("a trailer of a later version");
		if (view.getUint32(size - 16, true) !== crc32(entry.subarray(0, size - 16))) throw new Error("damaged");
		end = Number(view.getBigUint64(size - 24, true));
		if (end !== size - 40) throw new Error("damaged");
	}
	if (end < 8 || view.getBigUint64(end - 8, true) !== 0xffffffffn) throw new Error("cut off, or followed by something");
	const reader = RecordBatchReader.from(entry.subarray(0, end)).open();
	if (!/^\d+$/.test(reader.schema.metadata.get("writer_epoch") ?? "")) throw new Error("no writer's epoch");
	for (const batch of reader) if (batch.numRows > 0) yield batch;
}
