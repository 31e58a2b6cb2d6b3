/** Where to go on reading: at an entry, after that many of its rows. */
export interface ResumePoint {
	readonly entryPosition: bigint;
	readonly skipRows: number;
}

/** Rows `[start, end)` of an entry, and where to go on after them. */
export interface EntryPart {
	readonly start: number;
	readonly end: number;
	readonly resume: ResumePoint;
}

/** Which rows of the log are shown: some left out at the start, and no more than a limit; and where that ended. */
export class RowWindow {
	#resume: ResumePoint;
	#remaining: number;

	constructor(start: ResumePoint, limit: number | undefined) {
		this.#resume = start;
		this.#remaining = limit ?? Number.POSITIVE_INFINITY;
	}

	/** Everything before this was shown, and nothing after it. */
	get resume(): ResumePoint {
		return this.#resume;
	}

	/** Whether the limit is reached. */
	get full(): boolean {
		return this.#remaining <= 0;
	}

	/** The rows of the next entry that are to be shown. Entries must come in order, none left out. */
	partOf({ entryPosition, rows }: { readonly entryPosition: bigint; readonly rows: number }): EntryPart {
		const start = entryPosition === this.#resume.entryPosition ? Math.min(this.#resume.skipRows, rows) : 0;
		const end = Math.min(rows, start + this.#remaining);
		const whole = { entryPosition: entryPosition + 1n, skipRows: 0 };
		return { start, end, resume: end === rows ? whole : { entryPosition, skipRows: end } };
	}

	/** To be called once these rows were shown. */
	advance({ start, end, resume }: EntryPart): void {
		this.#remaining -= end - start;
		this.#resume = resume;
	}
}

/** Slices of `parts`, taken as one sequence, that hold its elements `[start, end)`; empty ones are left out. */
export function sliceSequence<Part extends { readonly numRows: number; slice(start: number, end: number): Part }>(
	parts: readonly Part[],
	start: number,
	end: number,
): Part[] {
	let before = 0;
	return parts.flatMap((part) => {
		const from = Math.max(0, start - before);
		const to = Math.min(part.numRows, end - before);
		before += part.numRows;
		if (from >= to) return [];
		return from === 0 && to === part.numRows ? [part] : [part.slice(from, to)];
	});
}
