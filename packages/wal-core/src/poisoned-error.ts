import { isWalError, WalError, withOutcome } from "@memwal/wal-runtime";

/**
 * What is told to whoever comes after the first terminal error: that error as the cause, or the fence itself. Nothing
 * of the call was written. `who` is what stopped, with its shard: "the appender of shard …".
 */
export function poisonedError(first: WalError, who: string, shard: string): WalError {
	if (isWalError(first, "WAL_FENCED")) return withOutcome(first, "not-written");
	return new WalError("WAL_POISONED", `${who} stopped: ${first.message}`, {
		details: { shard },
		outcome: "not-written",
		cause: first,
	});
}
