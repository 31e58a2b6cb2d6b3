import { type Clock, type Random, WalError } from "@memwal/wal-runtime";
import type { StoredBatch } from "../src/batch-store.ts";
import type { IndexInsertion, MemtableIndexes } from "../src/memtable-indexes.ts";
import { idsOf } from "./test-log.ts";

export interface CheckedIndexesOptions {
	readonly clock: Clock;
	readonly random: Random;
	/** Shares of the batches before which it lets others run, and at which it breaks. */
	readonly yields: number;
	readonly breaks: number;
	/** Called with what no caller may do. */
	readonly onMisuse: (misuse: string) => void;
}

/** The index of one memtable over `id`, as slow as a large one, which notices what is inserted twice or left out. */
export class CheckedIndexes implements MemtableIndexes {
	indexed = 0;
	readonly #options: CheckedIndexesOptions;
	readonly #rowOf = new Map<number, number>();
	readonly #batches: unknown[] = [];
	#broken = false;
	#last: Promise<unknown> = Promise.resolve();

	constructor(options: CheckedIndexesOptions) {
		this.#options = options;
	}

	get bytes(): number {
		return this.#rowOf.size * 8;
	}

	validate(): void {
		// Every schema of these tests has the column.
	}

	insertBatches(batches: readonly StoredBatch[]): Promise<IndexInsertion> {
		const inserted = this.#last.then(() => this.#insert(batches));
		this.#last = inserted.catch(() => undefined);
		return inserted;
	}

	async #insert(batches: readonly StoredBatch[]): Promise<IndexInsertion> {
		const { clock, random, yields, breaks, onMisuse } = this.#options;
		let rows = 0;
		for (const { batch, batchPosition, firstRow } of batches) {
			if (batchPosition < this.indexed) {
				if (this.#batches[batchPosition] !== batch) onMisuse(`another batch ${batchPosition} came to an index`);
				continue;
			}
			if (batchPosition > this.indexed) {
				if (!this.#broken) onMisuse(`batch ${this.indexed} never came to an index`);
				throw new WalError("WAL_INTERNAL", `missing batch position ${this.indexed}: the index broke`);
			}
			if (random.float() < yields) await clock.sleep(random.float() * 12);
			if (random.float() < breaks) {
				this.#broken = true;
				throw new Error("the index broke");
			}
			for (const [i, id] of idsOf([batch]).entries()) {
				if (this.#rowOf.has(id)) onMisuse(`row ${id} was indexed twice`);
				this.#rowOf.set(id, firstRow + i);
				rows++;
			}
			this.#batches.push(batch);
			this.indexed++;
		}
		return { rows, durationMs: 0, perIndexMs: {} };
	}

	get(column: string, value: unknown, rowEnd: number): readonly number[] | undefined {
		if (column !== "id") return undefined;
		const row = this.#rowOf.get(value as number);
		return row !== undefined && row < rowEnd ? [row] : [];
	}

	range(): undefined {
		return undefined;
	}
}
