import { EntrySorter, MAX_SORTED } from "./entry-sorter.ts";
import { ENTRY } from "./key-entry.ts";

/** The space that a step of work needs. */
class StepSpace {
	/** What is to be spread over several leaves. */
	readonly split: Int32Array = new Int32Array(MAX_SORTED * ENTRY);
	readonly sorter: EntrySorter = new EntrySorter();
}

let space: StepSpace | undefined;

/** One for all indexes, since a step is done before another begins. */
export function stepSpace(): StepSpace {
	space ??= new StepSpace();
	return space;
}
