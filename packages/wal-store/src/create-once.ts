import {
	abortedError,
	backoffMs,
	type Clock,
	deadlineAfter,
	isWalError,
	outcomeOf,
	type Random,
	throwIfAborted,
	WalError,
	type WriteOutcome,
} from "@memwal/wal-runtime";
import { DEFAULTS } from "./defaults.ts";
import { getWhole } from "./get-whole.ts";
import type { Body, ObjectStore, StoredObject } from "./object-store.ts";

export interface CreateOnceOptions {
	readonly clock: Clock;
	readonly random: Random;
	/** How long to go on, in milliseconds; doubt that is left then is reported as `unknown`. */
	readonly deadlineMs: number;
	/** CRC-32 (IEEE) of the whole body, handed to the driver. */
	readonly crc32?: number | undefined;
	/** Ends the call; what was sent may still land, and the outcome says so. */
	readonly signal?: AbortSignal | undefined;
	/** An earlier call with these very bytes on this key ended as `unknown`. */
	readonly inDoubt?: boolean | undefined;
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
 * `body` must hold something that no other writer writes, such as a random id. `body` is read until the call settles.
 *
 * @throws WalError with `outcome`: `not-written` only where no attempt was ever in doubt, else `unknown`; at the
 * deadline `WAL_TIMEOUT`, or the last error where it is certain that nothing was written.
 */
export async function createOnce(
	store: ObjectStore,
	key: string,
	body: Body,
	options: CreateOnceOptions,
): Promise<CreateOnceResult> {
	const { clock, random, signal, crc32 } = options;
	const deadline = deadlineAfter(clock, options.deadlineMs);
	let attempts = 0;
	let everInDoubt = options.inDoubt ?? false;
	let unknownsInARow = everInDoubt ? 1 : 0;
	let noSpaceTries = 0;

	const outcome = (): WriteOutcome => (everInDoubt ? "unknown" : "not-written");
	throwIfAborted(signal, outcome());

	for (let round = 0; ; round++) {
		let failure: WalError | undefined;
		try {
			// With a large body a server's early refusal reaches us as a reset, every time: only a look can tell.
			let existing = unknownsInARow >= 2 ? await look(store, key, signal) : undefined;
			if (!existing) {
				attempts++;
				const answer = await store.putIfAbsent(key, body, { crc32, signal });
				if (answer === "created") return { result: "written", attempts };
				existing = await look(store, key, signal);
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
			if (outcomeOf(failure) === "not-written") {
				unknownsInARow = 0;
				const full = isWalError(failure, "WAL_DENIED") && failure.details.reason === "no-space";
				const passing = failure.retryable || (full && ++noSpaceTries < DEFAULTS.noSpaceTries);
				if (!passing) throw withOutcome(failure, outcome());
			} else {
				everInDoubt = true;
				unknownsInARow++;
				if (!canPass(failure)) throw withOutcome(failure, outcome());
			}
		}
		if (deadline.expired) throw atDeadline(key, options.deadlineMs, failure, outcome());
		const pauseMs = Math.min(backoffMs(round, random, DEFAULTS.createBackoff), deadline.remainingMs());
		try {
			await clock.sleep(pauseMs, { signal });
		} catch {
			throw abortedError(signal, outcome());
		}
	}
}

/** What is under the key now, and on disk by the time it is told. */
async function look(
	store: ObjectStore,
	key: string,
	signal: AbortSignal | undefined,
): Promise<StoredObject | undefined> {
	const existing = await getWhole(store, key, { signal });
	if (existing) await store.sync?.(key.slice(0, key.lastIndexOf("/") + 1), { signal });
	return existing;
}

/** An attempt in doubt is tried again whatever the reason; a look that is refused for good, or an abort, ends it. */
function canPass(failure: WalError): boolean {
	if (failure.code === "WAL_ABORTED" || failure.code === "WAL_INTERNAL") return false;
	return failure.outcome === "unknown" || failure.retryable;
}

function isSameBody(body: Body, bytes: Uint8Array): boolean {
	const pieces = body instanceof Uint8Array ? [body] : body;
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

function withOutcome(failure: WalError, outcome: WriteOutcome): WalError {
	if (failure.outcome === outcome) return failure;
	const earlier = outcome === "unknown" ? " (an earlier attempt may have been written)" : "";
	return new WalError(failure.code, failure.message + earlier, { details: failure.details, outcome, cause: failure });
}

function atDeadline(key: string, deadlineMs: number, failure: WalError | undefined, outcome: WriteOutcome): WalError {
	if (failure && outcome === "not-written") return failure;
	return new WalError(
		"WAL_TIMEOUT",
		outcome === "unknown"
			? `after ${deadlineMs} ms it is not known whether ${key} was written; look at the object before writing again`
			: `${key} came and went for ${deadlineMs} ms; it was not written`,
		{ details: { key, deadlineMs }, outcome, ...(failure ? { cause: failure } : {}) },
	);
}
