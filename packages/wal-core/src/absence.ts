import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { DEFAULTS } from "./defaults.ts";
import { MAX_ENTRY_POSITION } from "./entry-position.ts";
import type { ManifestReader } from "./manifest-reader.ts";
import { entryKey } from "./shard-paths.ts";
import { together } from "./together.ts";

/** What it means that a slot was found empty. */
export type Absence =
	/** It is not empty any more: it was the tip, and a writer went on. */
	| { readonly kind: "present" }
	/** Nothing was ever written there, nor after it. */
	| { readonly kind: "tip" }
	/** The replay cursor passed it and its entry was deleted. */
	| { readonly kind: "collected"; readonly resumeFrom: bigint }
	/** A later entry exists, and this one should. */
	| { readonly kind: "gap"; readonly laterPosition: bigint };

export interface AbsenceQuestion {
	readonly store: ObjectStore;
	readonly manifests: ManifestReader;
	readonly entryPosition: bigint;
	/** Positions that may be higher and were heard of, beside the manifest's `lastSeen`. */
	readonly known?: readonly bigint[];
	readonly signal?: AbortSignal | undefined;
}

/**
 * Tells the four reasons for an empty slot apart, in an order that no live writer or collector can confuse.
 *
 * A later entry is looked for first and the slot again after it, since entries are written in ascending order; the
 * manifest is read last, since it moves before anything is deleted. A failed request is an error, never an answer.
 */
export async function explainAbsence(question: AbsenceQuestion): Promise<Absence> {
	const { store, manifests, entryPosition, known = [], signal } = question;
	const exists = async (position: bigint, ends = signal): Promise<boolean> =>
		(await store.head(entryKey(manifests.shardId, position), { signal: ends })) !== undefined;

	const later = laterPositions(entryPosition, known);
	const present = await together(
		later.map((position) => (own) => exists(position, own)),
		signal,
	);
	const laterPosition = later.find((_, i) => present[i]);
	if (await exists(entryPosition)) return { kind: "present" };
	const manifest = await manifests.readLatest({ signal });
	const replayAfter = manifest?.replayAfterEntryPosition ?? 0n;
	if (entryPosition <= replayAfter) {
		// Written and flushed since the last look, perhaps, and not collected yet.
		return (await exists(entryPosition)) ? { kind: "present" } : { kind: "collected", resumeFrom: replayAfter + 1n };
	}
	if (laterPosition !== undefined) return { kind: "gap", laterPosition };
	const lastSeen = manifest?.lastSeenEntryPosition ?? 0n;
	if (lastSeen <= entryPosition || known.includes(lastSeen)) return { kind: "tip" };
	return explainAbsence({ ...question, known: [...known, lastSeen] });
}

function laterPositions(entryPosition: bigint, known: readonly bigint[]): bigint[] {
	const positions = new Set(known.filter((position) => position > entryPosition));
	for (let i = 1n; i <= BigInt(DEFAULTS.absenceWindow); i++) {
		if (entryPosition + i <= MAX_ENTRY_POSITION) positions.add(entryPosition + i);
	}
	return [...positions];
}

/** The error of a reader whose place was collected. */
export function collectedError(shard: string, entryPosition: bigint, resumeFrom: bigint): WalError<"WAL_COLLECTED"> {
	return new WalError(
		"WAL_COLLECTED",
		`entry ${entryPosition} of shard ${shard} was collected; the log can be read from entry ${resumeFrom} on`,
		{ details: { shard, entryPosition, resumeFrom } },
	);
}

/** The error of whoever meets a missing entry. */
export function gapError(shard: string, entryPosition: bigint, laterPosition: bigint): WalError<"WAL_GAP"> {
	return new WalError(
		"WAL_GAP",
		`entry ${entryPosition} of shard ${shard} is missing, although entry ${laterPosition} exists; restore ${entryKey(shard, entryPosition)}`,
		{ details: { shard, entryPosition, laterPosition, key: entryKey(shard, entryPosition) } },
	);
}
