import type { Random } from "@memwal/wal-runtime";

/** What happens in one round, which ends with one SIGKILL; every pause is drawn from the seed. */
export type RoundPlan =
	/** A writer is killed after it was told to open: while it opens, or soon after. */
	| { readonly kind: "opening"; readonly killAfterMs: number }
	/** A lone writer is killed while it appends. */
	| { readonly kind: "appending"; readonly killAfterMs: number }
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
	switch (index % 8) {
		case 0:
			return { kind: "opening", killAfterMs: upTo(150) };
		case 4:
			return { kind: "appending", killAfterMs: upTo(300) };
		case 2:
		case 6:
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
