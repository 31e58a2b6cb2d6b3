import type { IndexedColumn } from "./indexed-column.ts";

/** Answers about the newest row of a primary key. */
export class PrimaryKey {
	readonly columns: readonly string[];
	readonly #indexed: IndexedColumn<never>;

	/** The key's columns, or the one. */
	constructor(columns: readonly string[], indexed: IndexedColumn<never>) {
		this.columns = columns;
		this.#indexed = indexed;
	}

	/** Whether a key has come twice. */
	get hasOverrides(): boolean {
		return this.#indexed.hasRepeats;
	}

	/** @throws TypeError unless there is a value, or null, of its type for each column of the key. */
	newestVisible(values: readonly unknown[], rowEnd: number): number | undefined {
		const { columns } = this;
		if (!Array.isArray(values) || values.length !== columns.length) {
			throw new TypeError(
				`the primary key has ${columns.length} columns (${columns.join(", ")}): give an array of as many values`,
			);
		}
		return this.#indexed.newest(columns.length === 1 ? values[0] : values, rowEnd);
	}
}
