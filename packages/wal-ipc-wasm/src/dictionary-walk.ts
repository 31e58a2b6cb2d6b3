import type { DataShape } from "./arrow-shapes.ts";
import { areSame, concatenated } from "./chunk-concatenation.ts";
import type { ColumnPlan, DictionaryPlan } from "./column-plan.ts";

/** Writes one dictionary batch; `values` are absent for a dictionary without any. */
export type WriteDictionary = (plan: DictionaryPlan, values: DataShape | undefined) => void;

/**
 * Sees to it that a stream has every dictionary before the batch that uses it: whole where it changed, and not at all
 * where it is there already.
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
		if (before && areSame(before, chunks)) return;
		this.#written.set(plan.id, chunks);
		const values = chunks.length > 1 ? concatenated(plan.values, chunks) : chunks[0];
		// Its values may have dictionaries of their own, which a reader needs first.
		if (plan.values.hasDictionaries) this.#column(plan.values, values);
		this.#write(plan, values);
	}
}
