import type { Random } from "@memwal/wal-runtime";
import { Field, Float64, Int64, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import type { Engine, Operation } from "./codec-internals.ts";
import { type Codecs, encodeWith } from "./codecs.ts";
import { VARIANTS } from "./names.ts";
import type { Work } from "./repeated-work.ts";

/** Columns as applications have them, which LZ4 makes about half as long. */
export const COLUMN_BYTES: Readonly<
	Record<"int64" | "float64" | "utf8", (length: number, random: Random) => Uint8Array>
> = {
	/** A clock that goes up by unequal steps. */
	int64(length, random) {
		let at = 1_700_000_000_000_000n;
		return bytesOf(
			BigInt64Array.from({ length: Math.ceil(length / 8) }, () => {
				at += BigInt(1 + Math.floor(random.float() * 1_000));
				return at;
			}),
		);
	},
	/** Prices: two digits behind the point, and many that come again. */
	float64(length, random) {
		let at = 100;
		return bytesOf(
			Float64Array.from({ length: Math.ceil(length / 8) }, () => {
				at = Math.max(1, at + (random.float() - 0.5));
				return Math.round(at * 4) / 4;
			}),
		);
	},
	utf8: text,
};

/** The same operation by both engines, copies to and from WebAssembly's memory included. Throws if they disagree. */
export function engineWorks(operation: Operation, bytes: number, codecs: Codecs, random: Random): readonly Work[] {
	if (operation === "encode") return encodeWorks(bytes, codecs, random);
	const run = ENGINE_WORK[operation](bytes, random, codecs.engines.ts);
	const [byTs, byWasm] = [run(codecs.engines.ts), run(codecs.engines.wasm)];
	if (byTs !== byWasm) throw new Error(`${operation} of ${bytes} bytes: ts says ${byTs}, wasm says ${byWasm}`);
	return [
		{ variant: VARIANTS.ts, garbage: "little", run: () => run(codecs.engines.ts) },
		{ variant: VARIANTS.wasm, garbage: "little", run: () => run(codecs.engines.wasm) },
	];
}

type EngineWork = (engine: Engine) => unknown;

const ENGINE_WORK: Readonly<
	Record<Exclude<Operation, "encode">, (bytes: number, random: Random, ts: Engine) => EngineWork>
> = {
	"compress lz4": (bytes, random) => compression(COLUMN_BYTES.utf8(bytes, random)),
	"decompress lz4": (bytes, random, ts) => decompression(COLUMN_BYTES.utf8(bytes, random), ts),
	checksum(bytes, random) {
		const input = random.bytes(bytes);
		return (engine) => engine.crc32(input);
	},
	"count nulls"(bytes, random) {
		const bitmap = random.bytes(bytes);
		return (engine) => engine.countOnes(bitmap, 0, bytes * 8);
	},
	"check offsets": (bytes) => offsetCheck(bytes / 4),
	"check indices": (bytes, random) => indexCheck(bytes / 4, random),
	"check text"(bytes, random) {
		const input = text(bytes, random);
		return (engine) => engine.badUtf8(input);
	},
};

export function compression(source: Uint8Array): EngineWork {
	const target = new Uint8Array(source.length);
	return (engine) => engine.lz4Compress(source, target);
}

/** Throws unless what comes out is what went in. */
export function decompression(plain: Uint8Array, ts: Engine): EngineWork {
	const packed = new Uint8Array(plain.length * 2);
	const frame = packed.slice(0, ts.lz4Compress(plain, packed));
	const target = new Uint8Array(plain.length);
	const verified = new Set<Engine>();
	return (engine) => {
		engine.lz4Decompress(frame, target);
		if (!verified.has(engine)) {
			if (!Buffer.from(target).equals(plain)) throw new Error(`${engine.name} does not decompress to what it was`);
			verified.add(engine);
			target.fill(0);
		}
	};
}

export function offsetCheck(values: number): EngineWork {
	const offsets = Int32Array.from({ length: values + 1 }, (_, index) => index * 9);
	return (engine) => engine.badOffset(offsets, values * 9);
}

export function indexCheck(values: number, random: Random): EngineWork {
	const indices = Int32Array.from({ length: values }, () => random.float() * 1_000);
	return (engine) => engine.badIndex(indices, 1_000, undefined);
}

function encodeWorks(bytes: number, { streams, wasmStreams }: Codecs, random: Random): readonly Work[] {
	const rows = Math.max(1, bytes / 16);
	const fields = [new Field("id", new Int64(), false), new Field("value", new Float64(), false)];
	const schema = new Schema(fields);
	const children = [
		makeData({ type: new Int64(), length: rows, data: new BigInt64Array(rows).fill(7n) }),
		makeData({ type: new Float64(), length: rows, data: Float64Array.from({ length: rows }, () => random.float()) }),
	];
	const data = makeData({ type: new Struct(fields), length: rows, nullCount: 0, children });
	const entry = { schema, batches: [new RecordBatch(schema, data)] };
	const encode = (codec: Codecs["streams"]) => {
		const encoded = encodeWith(codec, entry);
		const { byteLength } = encoded;
		encoded.release();
		return byteLength;
	};
	if (encode(streams) !== encode(wasmStreams)) throw new Error(`the engines encode ${rows} rows differently`);
	return [
		{ variant: VARIANTS.ts, garbage: "little", run: () => encode(streams) },
		{ variant: VARIANTS.wasm, garbage: "little", run: () => encode(wasmStreams) },
	];
}

function text(length: number, random: Random): Uint8Array {
	const words = Array.from(
		{ length: 2_000 },
		() =>
			`${random
				.float()
				.toString(36)
				.slice(2, 4 + random.float() * 8)} `,
	);
	let written = "";
	while (written.length < length) written += words[Math.floor(random.float() * words.length)];
	return new TextEncoder().encode(written.slice(0, length));
}

function bytesOf(view: ArrayBufferView): Uint8Array {
	return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
