import type { Random } from "@memwal/wal-runtime";
import type { CrashStore } from "./crash-store.ts";

/** What happens in one round, which ends with one SIGKILL; every pause is drawn from the seed. */
export type RoundPlan =
	/** A writer is killed after it was told to open: while it opens, or soon after. */
	| { readonly kind: "opening"; readonly killAfterMs: number }
	/** A lone writer is killed while it appends. */
	| { readonly kind: "appending"; readonly killAfterMs: number }
	/** A successor is told to open while the writer appends, which is killed so long after that, or after it has opened. */
	| {
			readonly kind: "successor";
			readonly successorAfterMs: number;
			readonly killOnceIt: "was told" | "opened";
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

/**
 * Of every four rounds two have a successor and one a zombie.
 *
 * In a folder an opening is over within any pause. In a bucket it is not: there the kill of those two waits for it, and
 * the round that is a lone writer's in a folder has a successor that is still opening.
 */
export function planRound(index: number, random: Random, store: CrashStore["kind"]): RoundPlan {
	const upTo = (ms: number): number => Math.floor(random.float() * ms);
	const successorPlan = (killOnceIt: "was told" | "opened"): RoundPlan => ({
		kind: "successor",
		successorAfterMs: upTo(150),
		killOnceIt,
		killAfterMs: upTo(80),
		successorGoesOnMs: upTo(80),
	});
	switch (index % 8) {
		case 0:
			return { kind: "opening", killAfterMs: upTo(150) };
		case 4:
			if (store === "folder") return { kind: "appending", killAfterMs: upTo(300) };
			return successorPlan("was told");
		case 2:
		case 6:
			return { kind: "zombie", pauseAfterMs: upTo(150), resumeAfterMs: upTo(120), killAfterMs: upTo(120) };
		default:
			return successorPlan(store === "folder" ? "was told" : "opened");
	}
}
