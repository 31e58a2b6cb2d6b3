import type { DataShape } from "./arrow-shapes.ts";
import type { ColumnPlan, DictionaryPlan } from "./column-plan.ts";

/** Writes one dictionary batch; `chunk` is absent for a dictionary without values. */
export type WriteDictionary = (plan: DictionaryPlan, chunk: DataShape | undefined, isDelta: boolean) => void;

/**
 * Sees to it that a stream has every dictionary before the batch that uses it: whole where it changed, as a delta where
 * chunks were added, and not at all where it is there already.
 */
export class DictionaryWalk {
	readonly #written = new Map<number, readonly DataShape[]>();
	readonly #write: WriteDictionary;

	constructor(write: WriteDictionary) {
		this.#write = write;
	}

	columns(plans: readonly ColumnPlan[], sources: readonly (DataShape | undefined)[]): void {
		plans.forEach((plan, index) => {
			if (plan.hasDictionaries) this.#column(plan, sources[index]);
		});
	}

	#column(plan: ColumnPlan, source: DataShape | undefined): void {
		if (!plan.dictionary) this.columns(plan.children, source?.children ?? []);
		else this.#dictionary(plan.dictionary, source?.dictionary?.data ?? []);
	}

	#dictionary(plan: DictionaryPlan, chunks: readonly DataShape[]): void {
		const before = this.#written.get(plan.id);
		const extends_ =
			before !== undefined && before.length > 0 && before.every((chunk, index) => chunk === chunks[index]);
		if (extends_ && before.length === chunks.length) return;
		if (before?.length === 0 && chunks.length === 0) return;
		const added = extends_ ? chunks.slice(before.length) : chunks;
		this.#written.set(plan.id, chunks);
		if (chunks.length === 0) this.#chunk(plan, undefined, false);
		added.forEach((chunk, index) => {
			this.#chunk(plan, chunk, extends_ || index > 0);
		});
	}

	#chunk(plan: DictionaryPlan, chunk: DataShape | undefined, isDelta: boolean): void {
		// Its values may have dictionaries of their own, which a reader needs first.
		if (plan.values.hasDictionaries) this.#column(plan.values, chunk);
		this.#write(plan, chunk, isDelta);
	}
}
