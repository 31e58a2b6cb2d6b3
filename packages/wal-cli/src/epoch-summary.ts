import type { WalEntry } from "@memwal/wal-core";

/** What one writer appended, its sentinel included. */
export interface EpochSummary {
	readonly epoch: bigint;
	readonly firstPosition: bigint;
	readonly lastPosition: bigint;
	readonly entries: number;
	readonly rows: number;
	readonly bytes: number;
}

export interface SummarizeOptions {
	/** Entries from here on are left out: a live log need never end. */
	readonly until: bigint;
	readonly onEntry?: ((entries: number, share: number) => void) | undefined;
}

/** The epochs of a log in order; memory does not grow with its entries. */
export async function summarizeEpochs(
	entries: AsyncIterable<WalEntry>,
	{ until, onEntry }: SummarizeOptions,
): Promise<EpochSummary[]> {
	const epochs = new Map<bigint, EpochSummary>();
	let count = 0;
	let from: bigint | undefined;
	for await (const { entryPosition, writerEpoch, rows, bytes } of entries) {
		if (entryPosition >= until) break;
		from ??= entryPosition;
		const known = epochs.get(writerEpoch);
		epochs.set(writerEpoch, {
			epoch: writerEpoch,
			firstPosition: known?.firstPosition ?? entryPosition,
			lastPosition: entryPosition,
			entries: (known?.entries ?? 0) + 1,
			rows: (known?.rows ?? 0) + rows,
			bytes: (known?.bytes ?? 0) + bytes,
		});
		onEntry?.(++count, count / Number(until - from));
	}
	return [...epochs.values()].sort((a, b) => (a.epoch < b.epoch ? -1 : 1));
}
