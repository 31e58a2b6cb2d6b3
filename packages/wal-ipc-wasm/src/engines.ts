import type { CodecChoice } from "./codec.ts";
import { nativeCrc32 } from "./crc32.ts";
import { type Engine, EngineFailure, type IndexArray } from "./engine.ts";
import { AUTO_CHOICE } from "./gen/auto-choice.ts";
import { nativeIsUtf8 } from "./native-utf8.ts";
import { explainFixed, OPERATIONS, type Operation } from "./operation.ts";
import { TsEngine } from "./ts-engine.ts";
import type { EngineChoice } from "./ts-engines.ts";

export type { Operation } from "./operation.ts";

/** Which implementation to favour where there is a choice. */
export type Preference = "auto" | "ts" | "wasm";

/** What a codec has to tell besides its results. */
export interface CodecEvent {
	/** WebAssembly broke off: this operation and all later ones are done in TypeScript. */
	readonly type: "codec.wasm-failed";
	readonly operation: Operation;
	readonly error: unknown;
}

export interface EnginesOptions {
	readonly prefer: Preference;
	/** The engine, or why there is none. */
	readonly wasm: { readonly engine: Engine } | { readonly engine: undefined; readonly reason: string };
	readonly onEvent: ((event: CodecEvent) => void) | undefined;
}

/** Chooses an engine by operation and size, and does without WebAssembly once it has failed. */
export class Engines implements EngineChoice {
	readonly ts: TsEngine = new TsEngine();
	readonly #prefer: Preference;
	readonly #onEvent: ((event: CodecEvent) => void) | undefined;
	#wasm: Engine | undefined;
	#noWasm: string;

	constructor({ prefer, wasm, onEvent }: EnginesOptions) {
		this.#prefer = prefer;
		this.#onEvent = onEvent;
		this.#wasm = prefer === "ts" ? undefined : wasm.engine;
		this.#noWasm = wasm.engine ? "" : wasm.reason;
	}

	readonly crc32 = (bytes: Uint8Array, previous?: number): number =>
		nativeCrc32
			? nativeCrc32(bytes, previous)
			: this.run("checksum", bytes.length, (engine) => engine.crc32(bytes, previous));

	countOnes(bitmap: Uint8Array, bitOffset: number, bits: number): number {
		// Called for every column that may have nulls, most of them short.
		if (!this.#wasm || bits < SHORT_BITS) return this.ts.countOnes(bitmap, bitOffset, bits);
		return this.run("count nulls", bits / 8, (engine) => engine.countOnes(bitmap, bitOffset, bits));
	}

	lz4Decompress(source: Uint8Array, target: Uint8Array): void {
		this.run("decompress lz4", target.length, (engine) => engine.lz4Decompress(source, target));
	}

	badOffset(offsets: Int32Array | BigInt64Array, limit: number): number {
		return this.run("check offsets", offsets.byteLength, (engine) => engine.badOffset(offsets, limit));
	}

	badIndex(indices: IndexArray, limit: number, validity: Uint8Array | undefined): number {
		return this.run("check indices", indices.byteLength, (engine) => engine.badIndex(indices, limit, validity));
	}

	badUtf8(bytes: Uint8Array): number {
		if (nativeIsUtf8?.(bytes)) return -1;
		return this.run("check text", bytes.length, (engine) => engine.badUtf8(bytes));
	}

	explain(): readonly CodecChoice[] {
		return OPERATIONS.map((operation) => this.#explain(operation));
	}

	#explain(operation: Operation): CodecChoice {
		const implementation = this.#wasm ? "wasm" : "ts";
		const fixed = explainFixed(operation, implementation);
		if (implementation === this.#prefer || implementation !== fixed.implementation) return fixed;
		if (!this.#wasm) return { operation, implementation, reason: `there is no WebAssembly: ${this.#noWasm}` };
		const { wasmFromBytes, ratio, measuredBytes } = AUTO_CHOICE[operation];
		const measured = `measured ${ratio}× as fast as "ts" with ${measuredBytes} bytes`;
		return wasmFromBytes === undefined
			? { operation, implementation: "ts", reason: `"wasm" was ${measured}` }
			: { operation, implementation: "wasm", reason: `from ${wasmFromBytes} bytes on, "ts" below; ${measured}` };
	}

	/** Once WebAssembly has failed, TypeScript does the work, and all work after it. */
	run<Result>(operation: Operation, bytes: number, work: (engine: Engine) => Result): Result {
		const engine = this.#choose(operation, bytes);
		try {
			return work(engine);
		} catch (error) {
			if (engine === this.ts || !isFailure(error)) throw error;
			this.#wasm = undefined;
			this.#noWasm = `it broke off while it was to ${operation}: ${(error as Error).message}`;
			this.#onEvent?.({ type: "codec.wasm-failed", operation, error });
			return work(this.ts);
		}
	}

	#choose(operation: Operation, bytes: number): Engine {
		const wasm = this.#wasm;
		if (!wasm) return this.ts;
		if (this.#prefer === "wasm") return wasm;
		const { wasmFromBytes } = AUTO_CHOICE[operation];
		return wasmFromBytes !== undefined && bytes >= wasmFromBytes ? wasm : this.ts;
	}
}

const SHORT_BITS = 4096;

function isFailure(error: unknown): boolean {
	return error instanceof EngineFailure || error instanceof WebAssembly.RuntimeError;
}
