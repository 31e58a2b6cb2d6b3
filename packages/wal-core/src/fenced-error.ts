import { WalError, type WriteOutcome } from "@memwal/wal-runtime";

/** The error of a writer that met a higher epoch. */
export function fencedError(
	shard: string,
	epoch: bigint,
	fencedBy: bigint,
	outcome: WriteOutcome = "not-written",
): WalError<"WAL_FENCED"> {
	return new WalError(
		"WAL_FENCED",
		`Writer fenced: epoch ${fencedBy} of shard ${shard} was claimed, this writer has epoch ${epoch}`,
		{ details: { shard, epoch, fencedBy }, outcome },
	);
}
