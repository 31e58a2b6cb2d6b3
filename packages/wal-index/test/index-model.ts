import type { KeyKind } from "./key-kinds.ts";

type Reach = "gt" | "gte" | "lt" | "lte";

/** What an index has to say, from a list that is looked through. */
export class IndexModel {
	readonly #kind: KeyKind;
	readonly values: unknown[] = [];

	constructor(kind: KeyKind) {
		this.#kind = kind;
	}

	/** Rows with values, by value, then by row. */
	ordered(rowEnd: number): number[] {
		const rows = [...this.values.keys()].filter((row) => row < rowEnd && this.values[row] !== null);
		return rows.sort((a, b) => this.#kind.compare(this.values[a], this.values[b]) || a - b);
	}

	nulls(rowEnd: number): number[] {
		return [...this.values.keys()].filter((row) => row < rowEnd && this.values[row] === null);
	}

	equal(value: unknown, rowEnd: number): number[] {
		return [...this.values.keys()].filter((row) => row < rowEnd && this.#isEqual(row, value));
	}

	between(bounds: Partial<Record<Reach, unknown>>, rowEnd: number): number[] {
		return this.ordered(rowEnd).filter((row) =>
			Object.entries(bounds).every(([reach, bound]) => {
				const order = this.#kind.compare(this.values[row], bound);
				return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[reach as Reach];
			}),
		);
	}

	groups(rowEnd: number): { value: unknown; rows: number[] }[] {
		const groups: { value: unknown; rows: number[] }[] = [];
		const nulls = this.nulls(rowEnd);
		if (nulls.length > 0) groups.push({ value: null, rows: nulls });
		for (const row of this.ordered(rowEnd)) {
			const last = groups.at(-1);
			if (last && last.value !== null && this.#isEqual(row, last.value)) last.rows.push(row);
			else groups.push({ value: this.values[row], rows: [row] });
		}
		return groups;
	}

	#isEqual(row: number, value: unknown): boolean {
		const found = this.values[row];
		return found !== null && this.#kind.compare(found, value) === 0;
	}
}
