import { WalError } from "@memwal/wal-runtime";

/** Where damage was noticed: the object's key, where the caller told it, and the byte. */
export interface DamagePlace {
	readonly key: string | undefined;
	readonly offset: number;
}

/** The `WAL_CORRUPT` of an entry that is not what it must be. */
export function corruptEntry(problem: string, { key, offset }: DamagePlace, cause?: unknown): WalError<"WAL_CORRUPT"> {
	const name = key === undefined ? "The entry" : `The entry ${key}`;
	return new WalError("WAL_CORRUPT", `${name} is damaged at byte ${offset}: ${problem}. Restore it from a copy.`, {
		details: key === undefined ? { offset } : { key, offset },
		...(cause === undefined ? {} : { cause }),
	});
}
