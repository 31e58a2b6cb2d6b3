import type { WriteOutcome } from "@memwal/wal-runtime";
import type { RowGroup } from "./producer-rows.ts";

/** Rows that their producer knows to be in the log. */
export interface KnownGroup extends RowGroup {
	/** Where an acknowledgement said that they are; `undefined` where the producer found them by looking. */
	readonly entryPosition: bigint | undefined;
}

export interface RoundCounts {
	/** Calls of `append` and `put`. */
	operations: number;
	acked: number;
	unknown: number;
	notWritten: number;
	/** Groups in doubt that their producer found in the log. */
	found: number;
	/** Groups in doubt that were not there, and were appended once more. */
	repeated: number;
	/** Appends in doubt that `settle` found out about. */
	settled: number;
	opened: number;
	failedOpens: number;
	fenced: number;
}

/** What everybody in one round was told. */
export class RoundLedger {
	readonly counts: RoundCounts = {
		operations: 0,
		acked: 0,
		unknown: 0,
		notWritten: 0,
		found: 0,
		repeated: 0,
		settled: 0,
		opened: 0,
		failedOpens: 0,
		fenced: 0,
	};
	/** In the order in which it became known. */
	readonly known: KnownGroup[] = [];
	/** What no fault explains. */
	readonly violations: string[] = [];

	told(outcome: WriteOutcome): void {
		if (outcome === "unknown") this.counts.unknown++;
		if (outcome === "not-written") this.counts.notWritten++;
		if (outcome === "written") this.counts.acked++;
	}

	violation(text: string): void {
		this.violations.push(text);
	}
}
