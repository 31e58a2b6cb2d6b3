import {
	abortable,
	abortedError,
	backoffMs,
	type Clock,
	isWalError,
	type Random,
	throwIfAborted,
	WalError,
	type WriteOutcome,
	withOutcome,
} from "@memwal/wal-runtime";
import { bodyPieces } from "./body.ts";
import { DEFAULTS } from "./defaults.ts";
import { getWhole } from "./get-whole.ts";
import { folderOf } from "./object-key.ts";
import type { Body, ObjectStore, StoredObject } from "./object-store.ts";
import { TimeLimit } from "./time-limit.ts";

export interface CreateOnceOptions {
	readonly clock: Clock;
	readonly random: Random;
	/**
	 * How long to go on, in milliseconds: requests that are still under way then are told to stop (all but a first attempt
	 * that never answers, which only the driver's own timeout ends), and doubt that is left is reported as `unknown`.
	 */
	readonly deadlineMs: number;
	/** CRC-32 (IEEE) of the whole body, handed to the driver. */
	readonly crc32?: number | undefined;
	/** Ends the call; what was sent may still land, and the outcome says so. */
	readonly signal?: AbortSignal | undefined;
	/** An earlier call with these very bytes on this key ended as `unknown`. */
	readonly inDoubt?: boolean | undefined;
	/** Called before each request that may create the object: a call that fails has no result to count them in. */
	readonly onAttempt?: (() => void) | undefined;
}

export type CreateOnceResult =
	| {
			/** The object under the key is this body, durably. */
			readonly result: "written";
			readonly attempts: number;
	  }
	| {
			/** The object under the key is another one. */
			readonly result: "taken";
			readonly existing: StoredObject;
			readonly attempts: number;
			/** Whether an attempt may still be under way: were the other object ever deleted, ours could land. */
			readonly inDoubt: boolean;
	  };

/**
 * Creates an object exactly once, and finds out whether it did: a lost reply is neither taken for a conflict nor
 * answered with a second object.
 *
 * The same bytes are tried under the same key until the key's owner is known. Equal bytes under the key are ours, so
 * `body` must hold something that no other writer writes, such as a random id. `body` is read until the call settles,
 * and never after.
 *
 * @throws WalError with `outcome`: `not-written` only where no attempt was ever in doubt, else `unknown`. At the
 * deadline it is `WAL_TIMEOUT`, or the last error where it is certain that nothing was written; `WAL_ABORTED` when the
 * signal ends the call; `WAL_INTERNAL` when the driver throws what is not a WalError.
 */
export async function createOnce(
	store: ObjectStore,
	key: string,
	body: Body,
	options: CreateOnceOptions,
): Promise<CreateOnceResult> {
	const pieces = bodyPieces(body);
	if (!(options.deadlineMs >= 0)) throw new RangeError(`deadlineMs must be 0 or more, not ${options.deadlineMs}`);
	throwIfAborted(options.signal, options.inDoubt ? "unknown" : "not-written");
	const limit = new TimeLimit(options.clock, options.deadlineMs, options.signal);
	try {
		return await settle(store, key, pieces, options, limit);
	} finally {
		limit.end();
	}
}

async function settle(
	store: ObjectStore,
	key: string,
	body: readonly Uint8Array[],
	{ clock, random, deadlineMs, crc32, signal, inDoubt = false, onAttempt }: CreateOnceOptions,
	limit: TimeLimit,
): Promise<CreateOnceResult> {
	let attempts = 0;
	let everInDoubt = inDoubt;
	let unknownsInARow = inDoubt ? 1 : 0;
	let noSpaceTries = 0;
	const outcome = (): WriteOutcome => (everInDoubt ? "unknown" : "not-written");

	for (let round = 0; ; round++) {
		let failure: WalError | undefined;
		let canPass = true;
		let request: "look" | "put" = "look";
		try {
			// With a large body a server's early refusal reaches us as a reset, every time: only a look can tell.
			let existing = unknownsInARow >= 2 ? await look(store, key, limit.signal) : undefined;
			if (!existing) {
				request = "put";
				attempts++;
				onAttempt?.();
				// A timer costs more than the rest of the call; that the first attempt ends is the driver's promise.
				const answer = await store.putIfAbsent(key, body, { crc32, signal: round === 0 ? signal : limit.signal });
				if (answer === "created") return { result: "written", attempts };
				request = "look";
				existing = await look(store, key, limit.signal);
			}
			if (existing) {
				return isSameBody(body, existing.bytes)
					? { result: "written", attempts }
					: { result: "taken", existing, attempts, inDoubt: everInDoubt };
			}
			// It existed and is gone, or is not visible yet: the key is tried again, never skipped.
			unknownsInARow = 0;
		} catch (error) {
			failure = asWalError(error, key);
			if (request === "put" && failure.outcome === "not-written") {
				unknownsInARow = 0;
				const full = isWalError(failure, "WAL_DENIED") && failure.details.reason === "no-space";
				canPass = failure.retryable || (full && ++noSpaceTries < DEFAULTS.noSpaceTries);
			} else {
				everInDoubt = true;
				unknownsInARow++;
				// An attempt in doubt is made again whatever the reason; a look that is refused for good stays refused.
				canPass = failure.code !== "WAL_INTERNAL" && (request === "put" || failure.retryable);
			}
		}
		if (signal?.aborted) throw abortedError(signal, outcome());
		if (failure && !canPass && !limit.expired) throw withOutcome(failure, outcome());
		const pauseMs = Math.min(backoffMs(round, random, DEFAULTS.createBackoff), limit.remainingMs());
		try {
			await clock.sleep(pauseMs, { signal });
		} catch {
			throw abortedError(signal, outcome());
		}
		if (limit.expired) throw atDeadline(key, deadlineMs, failure, outcome());
	}
}

/** What is under the key now, and on disk by the time it is told. */
async function look(store: ObjectStore, key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
	const found = async () => {
		const existing = await getWhole(store, key, { signal });
		if (existing) await store.sync?.(folderOf(key), { signal });
		return existing;
	};
	// Unlike a write, a read that hangs may be left behind: it holds nothing of the caller's.
	return abortable(found(), signal);
}

function isSameBody(pieces: readonly Uint8Array[], bytes: Uint8Array): boolean {
	let offset = 0;
	for (const piece of pieces) {
		if (offset + piece.length > bytes.length) return false;
		for (let i = 0; i < piece.length; i++) if (piece[i] !== bytes[offset + i]) return false;
		offset += piece.length;
	}
	return offset === bytes.length;
}

function asWalError(error: unknown, key: string): WalError {
	if (isWalError(error)) return error;
	return new WalError(
		"WAL_INTERNAL",
		`the store's driver threw something that is not a WalError while writing ${key}`,
		{
			details: { key },
			outcome: "unknown",
			cause: error,
		},
	);
}

function atDeadline(key: string, deadlineMs: number, failure: WalError | undefined, outcome: WriteOutcome): WalError {
	if (failure && failure.code !== "WAL_ABORTED" && outcome === "not-written") return failure;
	return new WalError(
		"WAL_TIMEOUT",
		outcome === "unknown"
			? `after ${deadlineMs} ms it is not known whether ${key} was written; look at the object before writing again`
			: `${key} could not be written in ${deadlineMs} ms`,
		{ details: { key, deadlineMs }, outcome, ...(failure ? { cause: failure } : {}) },
	);
}
