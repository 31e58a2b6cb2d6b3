/**
 * The ends of a range of values; a bound that is absent or `undefined` leaves its end open. `gt` and `gte` exclude each
 * other, and so do `lt` and `lte`.
 */
export interface IndexBounds {
	readonly gt?: unknown;
	readonly gte?: unknown;
	readonly lt?: unknown;
	readonly lte?: unknown;
}

/** One end of a range. */
export interface Bound {
	readonly value: unknown;
	/** Whether rows with this value are within. */
	readonly reach: "inclusive" | "exclusive";
}

export interface BoundPair {
	readonly lower: Bound | undefined;
	readonly upper: Bound | undefined;
}

const NAMES: ReadonlySet<string> = new Set(["gt", "gte", "lt", "lte"]);

/** @throws TypeError for two bounds of one end, and for names that are none: nothing is taken for an open end by mistake. */
export function boundPair(bounds: IndexBounds): BoundPair {
	for (const name in bounds) {
		if (!NAMES.has(name)) throw new TypeError(`a range has the bounds gt, gte, lt and lte, and no "${name}"`);
	}
	return {
		lower: oneBound("gt", bounds.gt, "gte", bounds.gte),
		upper: oneBound("lt", bounds.lt, "lte", bounds.lte),
	};
}

function oneBound(openName: string, open: unknown, closedName: string, closed: unknown): Bound | undefined {
	if (open !== undefined && closed !== undefined) {
		throw new TypeError(`a range has "${openName}" or "${closedName}", not both`);
	}
	if (open !== undefined) return { value: open, reach: "exclusive" };
	return closed === undefined ? undefined : { value: closed, reach: "inclusive" };
}
