// Run by a Node that has ZSTD: writes entries and frames to be read by one that has not, and reads its own.
import { Readable } from "node:stream";
import { createZstdCompress, zstdCompressSync } from "node:zlib";
import { loadCodec } from "@memwal/wal-ipc-wasm";
import { tableFromArrays } from "apache-arrow";

const rows = Array.from({ length: 1000 }, (_, row) => row);
const { schema, batches } = tableFromArrays({
	number: Int32Array.from(rows, (row) => row % 10),
	name: rows.map((row) => `name ${row % 7}`),
});
const codec = await loadCodec({ compression: "zstd" });
const entry = codec.encode({
	schema,
	batches,
	header: { writerEpoch: 1n, fenceSentinel: false },
	writeId: new Uint8Array(16),
});
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const content = new Uint8Array(800).fill(7);
// A stream does not know the length beforehand.
const streamed = await Readable.from([content.subarray(0, 400), content.subarray(400)])
	.pipe(createZstdCompress())
	.toArray();
console.log(
	JSON.stringify({
		version: process.version,
		entry: hex(entry.bytes),
		rowsReadHere: codec.decode(entry.bytes.slice(), { validate: "full" }).rows,
		sizedFrame: hex(zstdCompressSync(content)),
		unsizedFrame: hex(Buffer.concat(streamed)),
	}),
);
entry.release();
