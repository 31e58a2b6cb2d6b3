import { WalError } from "@memwal/wal-runtime";
import type { Schema } from "apache-arrow";
import type { BatchRange } from "./batch-range.ts";
import type { StoredBatch } from "./batch-store.ts";
import { indexFailed } from "./index-failed.ts";
import type { Load } from "./load.ts";
import { Memtable } from "./memtable.ts";
import type { MemtableIndexes } from "./memtable-indexes.ts";
import type { WriterLimits } from "./writer-limits.ts";

export interface MemtablesOptions {
	readonly schema: Schema;
	readonly limits: WriterLimits;
	/** Called once a memtable. */
	readonly indexes: (() => MemtableIndexes) | undefined;
	/** Of the first memtable. */
	readonly generation: bigint;
	/** Called when a memtable will take no more rows. */
	readonly onFrozen: (memtable: Memtable) => void;
}

/** The memtables of one writer: one that takes rows, and older ones that are full. */
export class Memtables {
	readonly #options: MemtablesOptions;
	/** Oldest first. */
	readonly #frozen: Memtable[] = [];
	#active: Memtable;

	constructor(options: MemtablesOptions) {
		this.#options = options;
		this.#active = this.#memtable(options.generation, 0, options.limits.maxMemtableBatches, this.#indexes());
	}

	/** Memory that all of them hold. Indexes may go on growing after a memtable was frozen. */
	get bytes(): number {
		return this.#frozen.reduce((sum, { bytes }) => sum + bytes, this.#active.bytes);
	}

	get count(): number {
		return this.#frozen.length + 1;
	}

	get active(): Memtable {
		return this.#active;
	}

	/** All of them in the order of the log. */
	all(): readonly Memtable[] {
		return [...this.#frozen, this.#active];
	}

	/** @throws `WAL_INVALID` for what no memtable could hold, naming the limit. */
	requireFitting({ batches, rows, bytes }: Load): void {
		const { maxMemtableBatches, maxMemtableRows, maxMemtableBytes } = this.#options.limits;
		const misfit =
			rows > maxMemtableRows
				? `${rows} rows are more than a memtable holds (maxMemtableRows=${maxMemtableRows})`
				: batches.length > maxMemtableBatches
					? `${batches.length} batches are more than a memtable holds (maxMemtableBatches=${maxMemtableBatches})`
					: bytes > maxMemtableBytes
						? `${bytes} bytes of rows are more than a memtable holds (maxMemtableBytes=${maxMemtableBytes})`
						: undefined;
		if (misfit === undefined) return;
		throw new WalError("WAL_INVALID", `nothing was put: ${misfit}; put fewer rows at a time`, {
			outcome: "not-written",
		});
	}

	/** Whether the memory limit allows so much more; always where nothing is held. */
	hasRoom(bytes: number): boolean {
		return (
			this.bytes + bytes <= this.#options.limits.maxMemoryBytes || (this.count === 1 && this.#active.store.length === 0)
		);
	}

	/** The memtable that will take this load: a new one where it does not fit into the one that took the last. */
	memtableFor({ batches, rows, bytes }: Load): Memtable {
		const { maxMemtableBytes, maxMemtableRows } = this.#options.limits;
		const { store } = this.#active;
		const fits =
			batches.length <= store.remaining &&
			store.rows + rows <= maxMemtableRows &&
			store.rowBytes + bytes <= maxMemtableBytes;
		// An entry of the log may be larger than any memtable, and is never cut.
		if (!fits) this.freeze(batches.length);
		return this.#active;
	}

	/** Puts a load into the memtable that {@link memtableFor} gave for it. */
	place({ batches, sizes }: Load): { readonly stored: readonly StoredBatch[]; readonly batchPositions: BatchRange } {
		const { store } = this.#active;
		const start = store.globalEnd;
		const stored = store.appendBatches(batches, sizes);
		this.#active.putEnded();
		return { stored, batchPositions: { start, end: store.globalEnd } };
	}

	/** Begins a new memtable, with room for a load of `batches`, unless the active one is empty and has it. */
	freeze(batches = 0): void {
		const capacity = Math.max(batches, this.#options.limits.maxMemtableBatches);
		if (this.#isEmptyFor(capacity)) return;
		// First, since that is the caller's code, which may put meanwhile, and so come here before.
		const indexes = this.#indexes();
		if (this.#isEmptyFor(capacity)) return;
		const frozen = this.#active;
		const { generation, store } = frozen;
		if (store.length === 0) {
			this.#active = this.#memtable(generation, store.globalOffset, capacity, indexes);
			return;
		}
		this.#frozen.push(frozen);
		this.#active = this.#memtable(generation + 1n, store.globalEnd, capacity, indexes);
		this.#options.onFrozen(frozen);
	}

	#isEmptyFor(capacity: number): boolean {
		const { store } = this.#active;
		return store.length === 0 && store.capacity >= capacity;
	}

	/** Forgets the oldest memtable: its rows are elsewhere. */
	drop(memtable: Memtable): void {
		if (this.#frozen[0] !== memtable) {
			throw new WalError("WAL_INTERNAL", `memtable ${memtable.generation} is not the oldest, and may not go first`);
		}
		this.#frozen.shift();
	}

	#memtable(
		generation: bigint,
		globalOffset: number,
		capacity: number,
		indexes: MemtableIndexes | undefined,
	): Memtable {
		return new Memtable({ generation, globalOffset, capacity, schema: this.#options.schema, indexes });
	}

	/** Made by the caller's code. */
	#indexes(): MemtableIndexes | undefined {
		const { schema, indexes } = this.#options;
		try {
			const made = indexes?.();
			// Also where no row will be for a while: by the schema an index knows what it can be asked for.
			made?.validate(schema);
			return made;
		} catch (cause) {
			throw indexFailed(cause, "not-written");
		}
	}
}
