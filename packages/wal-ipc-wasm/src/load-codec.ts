import { WalError } from "@memwal/wal-runtime";
import type { Compression } from "./batch-template.ts";
import type { Codec } from "./codec.ts";
import { type CodecEvent, Engines, type Preference } from "./engines.ts";
import { EntryCodec } from "./entry-codec.ts";
import { type LoadWasmOptions, loadWasmEngine } from "./load-wasm-engine.ts";
import { zstdCompress } from "./zstd.ts";

export interface LoadCodecOptions {
	/** Which implementation to favour where there is a choice. Default: `MEMWAL_CODEC` of the environment, else `"auto"`. */
	readonly prefer?: Preference | undefined;
	/** How bodies are compressed. Default: not at all. Entries compressed in any way are read. */
	readonly compression?: Compression | undefined;
	/** Where the WebAssembly module comes from, and how much memory it may have. */
	readonly wasm?: LoadWasmOptions | undefined;
	/** Hears when WebAssembly breaks off. */
	readonly observer?: ((event: CodecEvent) => void) | undefined;
}

const PREFERENCES: readonly string[] = ["auto", "ts", "wasm"] satisfies Preference[];

/**
 * A codec that works on this runtime: where WebAssembly, its SIMD, or leave to compile is missing, TypeScript does all.
 *
 * `"auto"` chooses by operation and size what was measured to be faster; `explain()` says which, and why.
 *
 * @throws `WAL_UNSUPPORTED` for `compression: "zstd"` on a runtime that cannot compress so; `TypeError` for a
 * preference or a compression that is none.
 * @example
 * ```ts
 * const codec = await loadCodec({ compression: "lz4" });
 * console.table(codec.explain());
 * ```
 */
export async function loadCodec(options: LoadCodecOptions = {}): Promise<Codec> {
	const { compression, observer } = options;
	const prefer = preference(options.prefer);
	if (compression !== undefined && compression !== "lz4" && compression !== "zstd") {
		throw new TypeError(`compression must be "lz4" or "zstd", not ${JSON.stringify(compression)}`);
	}
	if (compression === "zstd" && !zstdCompress) {
		throw new WalError(
			"WAL_UNSUPPORTED",
			'This runtime has no ZSTD to compress with. Use compression "lz4", or Node 22.15 and later.',
			{ details: {} },
		);
	}
	const wasm =
		prefer === "ts" ? { engine: undefined, reason: '"ts" was asked for' } : await loadWasmEngine(options.wasm);
	return new EntryCodec(new Engines({ prefer, wasm, onEvent: observer }), compression, options.wasm);
}

function preference(given: string | undefined): Preference {
	const name = given === undefined ? "MEMWAL_CODEC" : "prefer";
	const value = given ?? environment("MEMWAL_CODEC") ?? "auto";
	if (PREFERENCES.includes(value)) return value as Preference;
	throw new TypeError(`${name} must be "auto", "ts" or "wasm", not ${JSON.stringify(value)}`);
}

interface NodeLikeProcess {
	readonly env?: Readonly<Record<string, string | undefined>>;
}

function environment(name: string): string | undefined {
	return (globalThis as { process?: NodeLikeProcess }).process?.env?.[name] || undefined;
}
