import type { RowLimits } from "./tree-rows.ts";

/** Which rows of an index are looked at. */
export interface ReadOptions {
	/** Exclusive: rows from here on are left out. Default: all rows that were inserted when the call was made. */
	readonly rowEnd?: number | undefined;
}

/** An answer that may be declined. */
export interface LimitedReadOptions extends ReadOptions {
	/** With more matching rows than that, the answer is `undefined`: somebody else is quicker than a long list. */
	readonly limit: number;
}

/** @throws RangeError unless what is given are whole numbers from 0 on. */
export function rowLimits(options: ReadOptions & { readonly limit?: number | undefined }, rowEnd: number): RowLimits {
	const { limit = Number.POSITIVE_INFINITY } = options;
	if (options.limit !== undefined) requireCount("limit", limit);
	return { rowEnd: visibleEnd(options.rowEnd, rowEnd), limit };
}

/** @throws RangeError unless it is a whole number from 0 on. */
export function visibleEnd(asked: number | undefined, rowEnd: number): number {
	if (asked === undefined) return rowEnd;
	requireCount("rowEnd", asked);
	return Math.min(asked, rowEnd);
}

function requireCount(name: string, value: number): void {
	if (Number.isSafeInteger(value) && value >= 0) return;
	throw new RangeError(`${name} must be a whole number from 0 on, not ${value}`);
}
