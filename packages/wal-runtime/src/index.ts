/**
 * The ground floor of memwal: errors with stable codes, and time, chance and observation as things one passes in.
 *
 * ```ts
 * import { isWalError, realClock, retryRead, realRandom } from "@memwal/wal-runtime";
 *
 * const text = await retryRead(async () => "read something that may fail", {
 *   clock: realClock,
 *   random: realRandom,
 *   deadline: 5_000,
 *   backoff: { baseMs: 20, maxMs: 1_000 },
 * });
 * console.log(text, isWalError(new Error("no")));
 * ```
 *
 * @module
 */
export { abortable, abortedError, throwIfAborted } from "./abort.ts";
export { AbortListeners } from "./abort-listeners.ts";
export { type BackoffLimits, backoffMs, type RetryOptions, retryRead } from "./backoff.ts";
export { type Clock, realClock } from "./clock.ts";
export { type Deadline, deadlineAfter } from "./deadline.ts";
export {
	ERROR_CODES,
	type ErrorCodeEntry,
	type WalErrorCode,
	type WalErrorKind,
	type WriteOutcome,
} from "./error-codes.ts";
export { isolated, type Observer, type WalEvent } from "./observer.ts";
export { type Random, realRandom, seededRandom } from "./random.ts";
export {
	isWalError,
	outcomeOf,
	WalError,
	type WalErrorDetails,
	type WalErrorOptions,
	type WalErrorPlace,
	withOutcome,
} from "./wal-error.ts";
