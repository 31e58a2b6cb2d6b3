import type { IndexedColumn } from "./indexed-column.ts";
import type { KeyClass } from "./key-class.ts";
import { type Order, TreeCursor } from "./tree-cursor.ts";
import type { Cut } from "./tree-cut.ts";

/** A row and its value, in the form in which it can be looked up. */
export interface IndexEntry {
	readonly value: unknown;
	readonly row: number;
}

/** All rows with one value. */
export interface IndexGroup {
	readonly value: unknown;
	/** Ascending. */
	readonly rows: readonly number[];
}

/** The rows below `rowEnd` between two cuts, one by one, in the order of keys and rows or in the opposite one. */
export function* entriesBetween(
	column: IndexedColumn<never>,
	cuts: readonly [Cut | undefined, Cut | undefined],
	order: Order,
	rowEnd: number,
): Generator<IndexEntry, undefined> {
	const { tree, keyClass } = column;
	if (!tree || !keyClass) return;
	const cursor = new TreeCursor(tree, ...cuts, order);
	while (cursor.next()) {
		if (cursor.row < rowEnd) yield { value: valueAt(cursor, keyClass), row: cursor.row };
	}
}

/** What an index has at one moment: every row below `rowEnd` once, by value, null first. It can be gone through often. */
export class IndexSnapshot implements Iterable<IndexGroup> {
	readonly #column: IndexedColumn<never>;
	/** Exclusive. */
	readonly rowEnd: number;

	constructor(column: IndexedColumn<never>, rowEnd: number) {
		this.#column = column;
		this.rowEnd = rowEnd;
	}

	*[Symbol.iterator](): Generator<IndexGroup, undefined> {
		const { nulls, tree, keyClass } = this.#column;
		const nullRows = Array.from({ length: nulls.countBelow(this.rowEnd) }, (_, index) => nulls.at(index));
		if (nullRows.length > 0) yield { value: null, rows: nullRows };
		if (!tree || !keyClass) return;
		const cursor = new TreeCursor(tree, undefined, undefined, "ascending");
		let value: unknown;
		let rows: number[] = [];
		let [high, low] = [0, 0];
		while (cursor.next()) {
			const { row } = cursor;
			if (row >= this.rowEnd) continue;
			const first = rows[0];
			if (first === undefined || !cursor.hasKeyOf(first, high, low)) {
				if (first !== undefined) yield { value, rows };
				value = valueAt(cursor, keyClass);
				rows = [];
				({ high, low } = cursor);
			}
			rows.push(row);
		}
		if (rows.length > 0) yield { value, rows };
	}
}

function valueAt({ high, low, key }: TreeCursor, keyClass: KeyClass<never>): unknown {
	return keyClass.value(high, low, key);
}
