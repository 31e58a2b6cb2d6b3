import { WalError } from "@memwal/wal-runtime";

/** What a file of a chain says of itself, in the metadata of its schema. */
export interface FileLabel {
	/** Counts the files of a chain from 1. */
	readonly number: bigint;
	readonly shard: string;
	/** The writer that made the file; a newer one may have been at work already. */
	readonly writerEpoch: bigint;
	readonly generation: bigint;
	/** Where the file before this one ends; of the first one, after which entry the chain begins. */
	readonly afterEntryPosition: bigint;
	/** The first entry whose rows are in the file. */
	readonly firstEntryPosition: bigint;
	/** The last one: the file covers every entry above `afterEntryPosition` up to this. */
	readonly lastEntryPosition: bigint;
	readonly rows: number;
}

/** By field, its key in the metadata. */
const KEYS = {
	number: "memwal.file_number",
	shard: "memwal.shard",
	writerEpoch: "memwal.writer_epoch",
	generation: "memwal.generation",
	afterEntryPosition: "memwal.after_entry_position",
	firstEntryPosition: "memwal.first_entry_position",
	lastEntryPosition: "memwal.last_entry_position",
	rows: "memwal.rows",
} as const satisfies Record<keyof FileLabel, string>;

const DECIMAL = /^\d{1,20}$/;

/** The label as metadata of a schema. */
export function labelMetadata(label: FileLabel): Map<string, string> {
	return new Map(Object.entries(KEYS).map(([field, key]) => [key, `${label[field as keyof FileLabel]}`]));
}

/**
 * The label in a schema's metadata.
 *
 * @throws `WAL_CORRUPT` where it is missing, or contradicts itself.
 */
export function labelOf(metadata: ReadonlyMap<string, string>, key: string): FileLabel {
	const text = (field: keyof FileLabel): string => {
		const value = metadata.get(KEYS[field]);
		if (value === undefined) throw corruptFile(key, `its schema says no ${KEYS[field]}`);
		return value;
	};
	const whole = (field: keyof FileLabel): bigint => {
		const value = text(field);
		if (!DECIMAL.test(value)) throw corruptFile(key, `${KEYS[field]} is ${JSON.stringify(value)}`);
		return BigInt(value);
	};
	const label: FileLabel = {
		number: whole("number"),
		shard: text("shard"),
		writerEpoch: whole("writerEpoch"),
		generation: whole("generation"),
		afterEntryPosition: whole("afterEntryPosition"),
		firstEntryPosition: whole("firstEntryPosition"),
		lastEntryPosition: whole("lastEntryPosition"),
		rows: Number(whole("rows")),
	};
	const { afterEntryPosition: after, firstEntryPosition: first, lastEntryPosition: last } = label;
	if (after >= first || first > last)
		throw corruptFile(key, `entries ${first} to ${last}, after ${after}, are no range`);
	return label;
}

/** The error of a file that is not what the chain needs there. */
export function corruptFile(key: string, problem: string, cause?: unknown): WalError<"WAL_CORRUPT"> {
	return new WalError("WAL_CORRUPT", `${key} is no file of this chain: ${problem}`, {
		details: { key },
		...(cause === undefined ? {} : { cause }),
	});
}
