import { WalError } from "@memwal/wal-runtime";
import type { KeyClass, PrefixRange } from "./key-class.ts";
import { END_OF_ROWS, ENTRY, type Probe } from "./key-entry.ts";
import { KeyStore } from "./key-store.ts";
import { KeyTree } from "./key-tree.ts";
import { RowList } from "./row-list.ts";
import { RUN_BYTES, RUN_ENTRIES, STEP_ROWS } from "./step.ts";
import { stepSpace } from "./step-space.ts";

/** Few, so that a small index is small. */
const FIRST_RUN_ENTRIES = 16;
const NO_ENTRIES = new Int32Array(0);

/**
 * What one column has, or what several have together: the tree of its keys, and the rows without one. Rows come in order
 * and without gaps, in steps that are small enough for the event loop; others see none of them before they are published.
 *
 * Keys that were read wait for one another, until they are many or somebody reads, whatever comes first. Then they go
 * into the tree as one run: the more they are, the more of them share the way down, and a leaf that is in no cache.
 */
export class IndexedColumn<Source> {
	/** How it is called in messages. */
	readonly label: string;
	readonly nulls: RowList = new RowList();
	#keyClass: KeyClass<Source> | undefined;
	#keys: KeyStore | undefined;
	#tree: KeyTree | undefined;
	#watchesRepeats = false;
	/** Rows that were read. */
	#rows = 0;
	/** Begins with entries that wait: in the order of their rows, and sorted once the first of them are in the tree. */
	#run: Int32Array = NO_ENTRIES;
	#pending = 0;
	/** How many of them are in the tree. */
	#settled = 0;
	/** Bytes of the keys that do not wait any more. */
	#settledBytes = 0;
	/** Of an insertion that broke off, memory having run out: nobody knows what of the run is in the tree. */
	#failure: { readonly error: unknown } | undefined;
	/** Exclusive end of the rows that readers see. */
	rowEnd = 0;

	constructor(label: string) {
		this.label = label;
	}

	get keyClass(): KeyClass<Source> | undefined {
		return this.#keyClass;
	}

	/** The tree of all that was read, which is put into it first. */
	get tree(): KeyTree | undefined {
		this.#settle(RUN_ENTRIES);
		return this.#tree;
	}

	/** Memory that is held. */
	get bytes(): number {
		return this.#run.byteLength + this.nulls.bytes + (this.#tree?.bytes ?? 0) + (this.#keys?.bytes ?? 0);
	}

	/** From now on, before there are rows, it is noticed whether a key comes twice. */
	watchRepeats(): void {
		this.#watchesRepeats = true;
	}

	/** Whether a key has come twice, null among them. */
	get hasRepeats(): boolean {
		return this.nulls.length > 1 || this.tree?.hasRepeats === true;
	}

	/**
	 * Says how values become keys, so that what is looked up can be judged. As long as there are no rows, it can be said
	 * anew.
	 *
	 * @throws `WAL_INVALID` where there are rows with other keys.
	 */
	bind(keyClass: KeyClass<Source>): void {
		if (this.#keyClass?.name === keyClass.name) return;
		if (this.#rows > 0) this.require(keyClass);
		this.#keyClass = keyClass;
		this.#keys = keyClass.reader.kind === "bytes" ? new KeyStore() : undefined;
	}

	/** @throws `WAL_INVALID` for other keys than those that were said to come. */
	require(keyClass: KeyClass<Source>): void {
		const bound = this.#keyClass;
		if (!bound) this.bind(keyClass);
		else if (bound.name !== keyClass.name) {
			throw new WalError(
				"WAL_INVALID",
				`${this.label} has ${keyClass.name} values, and its index is one of ${bound.name}`,
			);
		}
	}

	/**
	 * Reads rows of a source, from `from` on, until a step is full; returns where it stopped. As long as the run is full, a
	 * step puts a part of it into the tree instead, and reads nothing.
	 */
	read(keyClass: KeyClass<Source>, source: Source, from: number, to: number): number {
		const { reader } = keyClass;
		const first = this.#rows;
		if (first + (to - from) > END_OF_ROWS) throw tooManyRows(this.label);
		if (this.isRunFull) {
			this.#settle(STEP_ROWS);
			return from;
		}
		let end = Math.min(to, from + STEP_ROWS, from + RUN_ENTRIES - this.#pending);
		const run = this.#roomFor(end - from);
		const start = this.#pending * ENTRY;
		if (reader.kind === "words") reader.read(source, from, end, run, start);
		else end = reader.read(source, from, end, this.#keys as KeyStore);
		const last = this.#numberEntries(
			run,
			start,
			keyClass.mayHaveNulls(source) ? keyClass : undefined,
			source,
			from,
			end,
		);
		if (reader.kind === "bytes") (this.#keys as KeyStore).writeWords(run, start, last, 0);
		this.#pending = last / ENTRY;
		this.#rows = first + (end - from);
		return end;
	}

	/** Whether all that was read has to be in the tree before more is read. */
	get isRunFull(): boolean {
		if (this.#pending === 0) return false;
		return this.#pending === RUN_ENTRIES || this.#keyBytes - this.#settledBytes >= RUN_BYTES;
	}

	get #keyBytes(): number {
		return this.#keys?.keyBytes ?? 0;
	}

	/** The run, with room for so many entries more. */
	#roomFor(count: number): Int32Array {
		const needed = (this.#pending + count) * ENTRY;
		if (needed > this.#run.length) {
			let length = Math.max(FIRST_RUN_ENTRIES * ENTRY, this.#run.length);
			while (length < needed) length *= 2;
			const grown = new Int32Array(length);
			grown.set(this.#run);
			this.#run = grown;
		}
		return this.#run;
	}

	/** Gives entries the numbers of their rows, and leaves those of null rows out; returns where they end. */
	#numberEntries(
		run: Int32Array,
		start: number,
		nullable: KeyClass<Source> | undefined,
		source: Source,
		from: number,
		end: number,
	): number {
		const shift = this.#rows - from;
		let to = start;
		for (let row = from, at = start; row < end; row++, at += ENTRY) {
			if (nullable?.isNull(source, row)) {
				this.nulls.push(row + shift);
				continue;
			}
			if (to < at) {
				run[to] = run[at] as number;
				run[to + 1] = run[at + 1] as number;
			}
			run[to + 2] = row + shift;
			to += ENTRY;
		}
		return to;
	}

	/** Puts the next entries of the run into the tree, so many at most. */
	#settle(count: number): void {
		if (this.#failure) throw this.#failure.error;
		const pending = this.#pending;
		if (pending === 0) return;
		const end = Math.min(pending, this.#settled + count);
		try {
			this.#tree ??= this.#newTree();
			if (this.#settled === 0) stepSpace().sorter.sort(this.#run, 0, pending, this.#keys);
			this.#tree.insert(this.#run, this.#settled, end);
		} catch (error) {
			this.#failure = { error };
			throw error;
		}
		this.#settled = end;
		if (end < pending) return;
		this.#pending = 0;
		this.#settled = 0;
		this.#settledBytes = this.#keyBytes;
	}

	#newTree(): KeyTree {
		const tree = new KeyTree(this.#keys);
		tree.watchesRepeats = this.#watchesRepeats;
		return tree;
	}

	get rows(): number {
		return this.#rows;
	}

	/** Lets readers see all that was read. */
	publish(): void {
		this.rowEnd = this.#rows;
	}

	/** The highest visible row below `rowEnd` with this value, or with `null` without one. */
	newest(value: unknown, rowEnd: number): number | undefined {
		const end = Math.min(rowEnd, this.rowEnd);
		if (value === null) {
			const count = this.nulls.countBelow(end);
			return count === 0 ? undefined : this.nulls.at(count - 1);
		}
		const probe = this.probe(value);
		return probe?.side === 0 ? this.tree?.newest(probe, end) : undefined;
	}

	/** @throws TypeError for a value that no row of such a column can have. */
	probe(value: unknown): Probe | undefined {
		const keyClass = this.#keyClass;
		if (!keyClass) return undefined;
		const probe = keyClass.probe(value);
		if (probe) return probe;
		throw misfit(this.label, keyClass, value);
	}

	/** @throws TypeError for what is not text or bytes, and for columns whose values are neither. */
	prefix(value: unknown): PrefixRange | undefined {
		const keyClass = this.#keyClass;
		if (!keyClass) return undefined;
		if (!keyClass.prefix) throw new TypeError(`${this.label} (${keyClass.name}) has no text or bytes to begin with`);
		const range = keyClass.prefix(value);
		if (range) return range;
		throw misfit(this.label, keyClass, value);
	}
}

function misfit(label: string, { name, takes }: Pick<KeyClass, "name" | "takes">, value: unknown): TypeError {
	const given = typeof value === "string" ? JSON.stringify(value) : String(value);
	return new TypeError(`${label} (${name}) is looked up by ${takes}, not by ${typeof value} ${given}`);
}

function tooManyRows(label: string): WalError {
	return new WalError("WAL_UNSUPPORTED", `the index over ${label} cannot number more than ${END_OF_ROWS} rows`);
}
