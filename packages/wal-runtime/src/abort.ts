import type { WriteOutcome } from "./error-codes.ts";
import { WalError } from "./wal-error.ts";

/** The `WAL_ABORTED` of a signal; its `cause` is the signal's reason. Give `outcome` where a write was involved. */
export function abortedError(signal: AbortSignal | undefined, outcome?: WriteOutcome): WalError<"WAL_ABORTED"> {
	return new WalError("WAL_ABORTED", "aborted by the caller's signal", {
		cause: signal?.reason,
		...(outcome === undefined ? {} : { outcome }),
	});
}

/** @throws `WAL_ABORTED` if `signal` is aborted already. */
export function throwIfAborted(signal: AbortSignal | undefined, outcome?: WriteOutcome): void {
	if (signal?.aborted) throw abortedError(signal, outcome);
}

/**
 * Waits for `promise` no longer than `signal` allows. The work behind it goes on; only the waiting ends.
 *
 * @throws `WAL_ABORTED` when the signal comes first.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (!signal) return promise;
	return new Promise((resolve, reject) => {
		const onAbort = () => reject(abortedError(signal));
		signal.addEventListener("abort", onAbort, { once: true });
		// Also when nobody waits any more: the rejection of work that was left behind is nobody's surprise.
		promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
		if (signal.aborted) onAbort();
	});
}
