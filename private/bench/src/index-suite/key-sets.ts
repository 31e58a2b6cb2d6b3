import type { Random } from "@memwal/wal-runtime";
import { type Data, Int64, Utf8, vectorFromArray } from "apache-arrow";

export const KEYS = 1_000_000;
export const BATCH_ROWS = 1_000;

/** Keys at random, one after the other, and columns of them. */
export interface KeyKind {
	readonly name: "int64" | "UTF-8";
	key(random: Random): number | string;
	column(keys: readonly (number | string)[]): Data;
}

export const KINDS: readonly KeyKind[] = [
	{
		name: "int64",
		// Whole numbers that a JavaScript number can be: others would not be the same keys.
		key(random) {
			const magnitude = Math.floor(random.float() * 2 ** 21) * 2 ** 32 + Math.floor(random.float() * 2 ** 32);
			return random.float() < 0.5 ? -magnitude : magnitude;
		},
		column: (keys) => vectorFromArray((keys as readonly number[]).map(BigInt), new Int64()).data[0] as Data,
	},
	{
		name: "UTF-8",
		key: (random) =>
			Array.from(
				{ length: 8 + Math.floor(random.float() * 17) },
				() => LETTERS[Math.floor(random.float() * LETTERS.length)],
			).join(""),
		column: (keys) => vectorFromArray(keys as readonly string[], new Utf8()).data[0] as Data,
	},
];

const LETTERS = Array.from("abcdefghijklmnopqrstuvwxyz0123456789äéñøß水火木");

/** A million keys, in the forms in which the sides want them. */
export interface KeySet {
	readonly name: KeyKind["name"];
	/** As `sorted-btree` holds them. */
	readonly keys: readonly (number | string)[];
	/** The same as columns of batches, made before anything is measured: that is how they come to an index. */
	readonly columns: readonly Data[];
}

export function makeKeySet({ name, key, column }: KeyKind, random: Random): KeySet {
	const keys = Array.from({ length: KEYS }, () => key(random));
	const columns = Array.from({ length: KEYS / BATCH_ROWS }, (_, batch) =>
		column(keys.slice(batch * BATCH_ROWS, (batch + 1) * BATCH_ROWS)),
	);
	return { name, keys, columns };
}
