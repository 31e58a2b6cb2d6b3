import { MAX_IDLE_BYTES } from "./arena.ts";
import { ALIGNMENT, aligned } from "./batch-job.ts";
import { EngineFailure } from "./engine.ts";
import { instantiate } from "./load-wasm-engine.ts";
import type { WasmExports, WasmInstance } from "./wasm-instance.ts";
import { MAX_MEMORY_BYTES, type WasmMemory } from "./wasm-memory.ts";

/** An instance whose linear memory one entry has to itself, and takes piece by piece. */
export class WasmSpace {
	readonly exports: WasmExports;
	readonly #memory: WasmMemory;
	readonly #maxBytes: number;
	#used = 0;

	constructor({ memory, exports }: WasmInstance, maxBytes: number) {
		this.exports = exports;
		this.#memory = memory;
		this.#maxBytes = maxBytes;
	}

	get memory(): WebAssembly.Memory {
		return this.#memory.linear;
	}

	/** What it was taken for is over: views on it have no bytes from now on. */
	clear(): void {
		// Memory that grows, by nothing too, parts with its buffer.
		this.memory.grow(0);
		this.#used = 0;
	}

	/**
	 * Memory that nobody has yet, of any content. Where it was not reserved, views on what was taken before die.
	 *
	 * @throws EngineFailure where it cannot be had.
	 */
	take(byteLength: number): Uint8Array<ArrayBuffer> {
		this.reserve(byteLength);
		const start = this.#memory.base + this.#used;
		this.#used += aligned(byteLength);
		return new Uint8Array(this.memory.buffer as ArrayBuffer, start, byteLength);
	}

	/**
	 * Makes room, so that pieces of so many bytes in all, each rounded up to a multiple of 64, are taken without growing.
	 *
	 * @throws EngineFailure where it cannot be had.
	 */
	reserve(byteLength: number): void {
		// Of a bitmap, arrow-js-ffi may look at the byte behind the last.
		const needed = this.#used + aligned(byteLength) + ALIGNMENT;
		if (this.#memory.reserve(needed)) return;
		throw new EngineFailure(`it needs ${needed} bytes of linear memory, and may have ${this.#maxBytes}`);
	}
}

/** Spaces that are used again, as fresh memory costs more than what is done in it; what is beyond a bound is dropped. */
export class WasmSpaces {
	readonly #module: WebAssembly.Module;
	readonly #maxBytes: number;
	readonly #idle: WasmSpace[] = [];

	constructor(module: WebAssembly.Module, maxBytes: number = MAX_MEMORY_BYTES) {
		this.#module = module;
		this.#maxBytes = maxBytes;
	}

	/** @throws EngineFailure where the runtime has no memory left. */
	open(): WasmSpace {
		const idle = this.#idle.pop();
		if (idle) return idle;
		try {
			return new WasmSpace(instantiate(this.#module, this.#maxBytes), this.#maxBytes);
		} catch (cause) {
			throw new EngineFailure("the runtime cannot have one more linear memory", { cause });
		}
	}

	close(space: WasmSpace): void {
		space.clear();
		const idleBytes = this.#idle.reduce((bytes, { memory }) => bytes + memory.buffer.byteLength, 0);
		if (idleBytes + space.memory.buffer.byteLength <= MAX_IDLE_BYTES) this.#idle.push(space);
	}
}
