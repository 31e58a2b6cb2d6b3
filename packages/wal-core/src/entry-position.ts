import { MAX_U64, requireU64 } from "./u64.ts";

/** Where a log begins; 0 means "no entry" wherever a position is stored. */
export const FIRST_ENTRY_POSITION = 1n;

/** The last slot that a log can have. */
export const MAX_ENTRY_POSITION: bigint = MAX_U64;

/**
 * Lets only a position that an entry can have through.
 *
 * @throws TypeError when it is no bigint, RangeError when it is not from 1 to 2^64−1.
 */
export function requireEntryPosition(entryPosition: bigint): bigint {
	return requireU64(entryPosition, "an entry position", FIRST_ENTRY_POSITION);
}
