import { WalError } from "@memwal/wal-runtime";
import { COMPRESSIONS, type Compression } from "./batch-template.ts";
import type { Codec } from "./codec.ts";
import type { CodecEvent, Preference } from "./engines.ts";
import { EntryCodec } from "./entry-codec.ts";
import { type LoadWasmOptions, loadEngines } from "./load-wasm-engine.ts";
import { TsEngines } from "./ts-engines.ts";
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

const PREFERENCES = ["auto", "ts", "wasm"] as const satisfies Preference[];

interface NodeLikeProcess {
	readonly env?: Readonly<Record<string, string | undefined>>;
}

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
	const environment = (globalThis as { process?: NodeLikeProcess }).process?.env;
	const prefer =
		options.prefer === undefined
			? requireOneOf("MEMWAL_CODEC", environment?.MEMWAL_CODEC || "auto", PREFERENCES)
			: requireOneOf("prefer", options.prefer, PREFERENCES);
	if (compression !== undefined) requireOneOf("compression", compression, COMPRESSIONS);
	if (compression === "zstd" && !zstdCompress) {
		throw new WalError(
			"WAL_UNSUPPORTED",
			'This runtime cannot compress with ZSTD. Use "lz4", or Node 22.15 and later.',
		);
	}
	const engines = prefer === "ts" ? new TsEngines() : await loadEngines({ prefer, onEvent: observer }, options.wasm);
	return new EntryCodec(engines, compression, options.wasm);
}

function requireOneOf<Value extends string>(name: string, value: string, known: readonly Value[]): Value {
	if ((known as readonly string[]).includes(value)) return value as Value;
	throw new TypeError(`${name} must be one of ${JSON.stringify(known)}, not ${JSON.stringify(value)}`);
}
