import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Goal, type ResultRow, resultRow } from "../bench-result.ts";
import { CODEC_FOLDER } from "./codec-internals.ts";

/**
 * What users download: minified, `gzip -9`; apache-arrow, which they have, the ZSTD library, and what is not loaded
 * before somebody calls `decodeInWasm` not counted.
 */
export async function publishedSizeRows(): Promise<ResultRow[]> {
	const module = readFileSync(new URL("wasm/memwal_ipc.wasm", CODEC_FOLDER));
	return [
		sizeRow("memwal_ipc.wasm", module, { atMost: 40 }),
		sizeRow("TypeScript only, without what loads and drives WebAssembly", await bundle([/load-wasm-engine/]), {
			atMost: 20,
		}),
		sizeRow("the entry point, WebAssembly inlined", await bundle([]), undefined),
	];
}

function sizeRow(variant: string, bytes: Uint8Array, goal: Goal | undefined): ResultRow {
	const kilobytes = gzipSync(bytes, { level: 9 }).length / 1_000;
	return resultRow({ name: "size, gzip", variant, unit: "kB", samples: [kilobytes], rounds: 1 }, { goal });
}

async function bundle(leftOut: readonly RegExp[]): Promise<Uint8Array> {
	const { rolldown } = await import("rolldown");
	const bundled = await rolldown({
		input: fileURLToPath(new URL("dist/index.js", CODEC_FOLDER)),
		external: [/^apache-arrow/, /^fzstd/, /^node:/, /load-in-wasm-decoder/, ...leftOut],
		platform: "neutral",
	});
	try {
		const { output } = await bundled.generate({ format: "esm", minify: true });
		return Buffer.concat(output.map((file) => Buffer.from(file.type === "chunk" ? file.code : file.source)));
	} finally {
		await bundled.close();
	}
}
