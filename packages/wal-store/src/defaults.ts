import type { BackoffLimits } from "@memwal/wal-runtime";

/** The limits of this package, each with its unit and its reason. */
export const DEFAULTS: {
	/** Pauses between the attempts of `createOnce`: short at first, since most doubt is one lost reply. */
	readonly createBackoff: BackoffLimits;
	/** How often `createOnce` tries a full disk or bucket: space is often freed within a moment. */
	readonly noSpaceTries: number;
} = {
	createBackoff: { baseMs: 20, maxMs: 2_000 },
	noSpaceTries: 3,
};
