import type { Random } from "@memwal/wal-runtime";

/** What happens in one round, which ends with one SIGKILL; every pause is drawn from the seed. */
export type RoundPlan =
	/** A writer is killed at any moment after it was told to open, also in the middle of its opening. */
	| { readonly kind: "alone"; readonly killAfterMs: number }
	/** A successor is told to open while the writer appends; the writer is killed before, during or after that. */
	| {
			readonly kind: "successor";
			readonly successorAfterMs: number;
			readonly killAfterMs: number;
			readonly successorGoesOnMs: number;
	  }
	/** The writer is frozen, a successor opens, the writer wakes up as a stale one; then the successor is killed. */
	| {
			readonly kind: "zombie";
			readonly pauseAfterMs: number;
			readonly resumeAfterMs: number;
			readonly killAfterMs: number;
	  };

/** Of every four rounds two have a successor and one a zombie. */
export function planRound(index: number, random: Random): RoundPlan {
	const upTo = (ms: number): number => Math.floor(random.float() * ms);
	switch (index % 4) {
		case 0:
			return { kind: "alone", killAfterMs: upTo(350) };
		case 2:
			return { kind: "zombie", pauseAfterMs: upTo(150), resumeAfterMs: upTo(120), killAfterMs: upTo(120) };
		default:
			return {
				kind: "successor",
				successorAfterMs: upTo(150),
				killAfterMs: upTo(80),
				successorGoesOnMs: upTo(80),
			};
	}
}
