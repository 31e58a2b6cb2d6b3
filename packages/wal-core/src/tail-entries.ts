import { throwIfAborted, WalError } from "@memwal/wal-runtime";
import { collectedError, explainAbsence, gapError } from "./absence.ts";
import { DEFAULTS } from "./defaults.ts";
import { FIRST_ENTRY_POSITION, MAX_ENTRY_POSITION } from "./entry-position.ts";
import { ReadAhead } from "./read-ahead.ts";
import { retried, type ShardContext } from "./shard-context.ts";
import { entryKey } from "./shard-paths.ts";
import { type Request, together } from "./together.ts";
import type { WalEntry } from "./wal-entry.ts";

export interface TailSettings {
	/** Default: the first position that is not covered by the replay cursor. */
	readonly from: bigint | undefined;
	readonly atTip: "end" | "wait";
	readonly concurrency: number;
	readonly signal: AbortSignal | undefined;
	/** The highest position that this reader has read by any way. */
	readonly highestKnown: () => bigint;
	readonly read: (entryPosition: bigint, signal: AbortSignal | undefined) => Promise<WalEntry | undefined>;
}

/** The entries of a shard in order; see `WalTailer.entries`. */
export async function* tailEntries(
	context: ShardContext,
	settings: TailSettings,
): AsyncGenerator<WalEntry, void, undefined> {
	const { signal } = settings;
	throwIfAborted(signal);
	const shard = context.manifests.shardId;
	let position = settings.from ?? (await replayAfter(context, signal)) + FIRST_ENTRY_POSITION;
	let lastWithRows: WalEntry | undefined;
	/** How often in a row the position was found empty by one request and present by the next. */
	let contradictions = 0;

	const ahead = new ReadAhead(
		(entryPosition, signal) => retried(context, signal, () => settings.read(entryPosition, signal)),
		settings.concurrency,
		signal,
	);
	try {
		while (position <= MAX_ENTRY_POSITION) {
			const entry = await ahead.take(position);
			if (!entry) {
				const absence = await retried(context, signal, () =>
					explainAbsence({ ...context, entryPosition: position, known: [settings.highestKnown()], signal }),
				);
				if (absence.kind === "collected") throw collectedError(shard, position, absence.resumeFrom);
				if (absence.kind === "gap") throw gapError(shard, position, absence.laterPosition);
				if (absence.kind === "present") {
					if (++contradictions > DEFAULTS.openRestarts) throw contradictoryStore(shard, position);
					continue;
				}
				if (settings.atTip === "end") return;
				context.observer?.({ type: "tail.waiting", shard, entryPosition: position });
				await waitAtTip(context, position, settings);
				contradictions = 0;
				continue;
			}
			contradictions = 0;
			if (entry.rows > 0) lastWithRows = entry;
			else await requireNothingHidden(context, settings, entry, lastWithRows);
			yield entry;
			position += 1n;
		}
	} finally {
		ahead.stop();
	}
}

function contradictoryStore(shard: string, entryPosition: bigint): WalError {
	const key = entryKey(shard, entryPosition);
	return new WalError("WAL_UNAVAILABLE", `the store says that ${key} exists, and does not give it; try again`, {
		details: { shard, entryPosition, key },
	});
}

/** Resolves when it is worth looking at `position` again: something is there, or after it, or the log was collected. */
async function waitAtTip(context: ShardContext, position: bigint, { signal }: TailSettings): Promise<void> {
	const { store, manifests, clock } = context;
	const present =
		(entryPosition: bigint): Request<boolean> =>
		(signal) =>
			retried(context, signal, async () => {
				if (entryPosition > MAX_ENTRY_POSITION) return false;
				return (await store.head(entryKey(manifests.shardId, entryPosition), { signal })) !== undefined;
			});
	let manifestReadMs = clock.monotonicMs();
	for (let pauseMs = DEFAULTS.pollMinMs; ; pauseMs = Math.min(pauseMs * 2, DEFAULTS.pollMaxMs)) {
		await clock.sleep(pauseMs, { signal });
		const [here, next] = await together([present(position), present(position + 1n)], signal);
		if (here || next) return;
		if (clock.monotonicMs() - manifestReadMs < DEFAULTS.pollManifestMs) continue;
		manifestReadMs = clock.monotonicMs();
		const manifest = await retried(context, signal, () => manifests.readLatest({ signal }));
		if (manifest && manifest.replayAfterEntryPosition >= position) return;
	}
}

/**
 * Makes sure that an entry without rows is what always was in its slot.
 *
 * A sentinel that was written very late can land in a slot whose entry had been collected, and would then hide that
 * entry's rows from this reader. Entries are collected in ascending order, so if the last one with rows is still the
 * very same object, nothing after it was collected either.
 *
 * @throws `WAL_COLLECTED` when it is not, or when no entry with rows is near that could tell.
 */
async function requireNothingHidden(
	context: ShardContext,
	settings: TailSettings,
	entry: WalEntry,
	lastWithRows: WalEntry | undefined,
): Promise<void> {
	const { signal } = settings;
	const covered = await replayAfter(context, signal);
	if (entry.entryPosition > covered) return;
	const intact = lastWithRows
		? await isStillThere(context, lastWithRows, signal)
		: await hasRowsJustBelow(context, settings, entry.entryPosition);
	if (!intact) throw collectedError(context.manifests.shardId, entry.entryPosition, covered + 1n);
}

async function isStillThere(context: ShardContext, entry: WalEntry, signal: AbortSignal | undefined): Promise<boolean> {
	const key = entryKey(entry.shardId, entry.entryPosition);
	const now = await retried(context, signal, () => context.store.head(key, { signal }));
	// A late write may also have put the entry back, so that its existence alone proves nothing.
	return now !== undefined && now.lastModifiedMs === entry.lastModifiedMs;
}

/** For a reader that has read nothing before: sentinels are never collected, so only an entry with rows can tell. */
async function hasRowsJustBelow(
	context: ShardContext,
	{ read, signal }: TailSettings,
	entryPosition: bigint,
): Promise<boolean> {
	for (let i = 1n; i <= BigInt(DEFAULTS.absenceWindow) && entryPosition - i >= FIRST_ENTRY_POSITION; i++) {
		const below = await retried(context, signal, () => read(entryPosition - i, signal));
		if (!below) return false;
		if (below.rows > 0) return true;
	}
	return false;
}

async function replayAfter(context: ShardContext, signal: AbortSignal | undefined): Promise<bigint> {
	const manifest = await retried(context, signal, () => context.manifests.readLatest({ signal }));
	return manifest?.replayAfterEntryPosition ?? 0n;
}
