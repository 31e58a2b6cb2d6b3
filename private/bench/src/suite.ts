import type { Random } from "@memwal/wal-runtime";
import type { ResultRow } from "./bench-result.ts";

export interface SuiteRun {
	/** Fewer rounds, for a look or for CI: figures are rough then. */
	readonly quick: boolean;
	/** An empty folder on the clone's disk. */
	readonly scratch: string;
	readonly random: Random;
}

/** A set of measurements with the goals that an issue set for them. */
export interface Suite {
	readonly name: string;
	readonly title: string;
	/** What has to be there before: such a suite runs only where it is named. */
	readonly needs?: "S3 server" | undefined;
	/** Measures, and throws where what was measured did not do its work. */
	run(run: SuiteRun): Promise<readonly ResultRow[]>;
}
