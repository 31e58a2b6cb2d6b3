import { type Goal, type ResultRow, resultRow } from "../bench-result.ts";
import { liveBytes } from "../live-memory.ts";
import { KEYS, type KeySet } from "./key-sets.ts";
import { buildIndex, buildSortedTree, OURS, THEIRS } from "./trees.ts";

const MOST_BYTES: Partial<Record<KeySet["name"], Goal>> = { int64: { atMost: 24 } };

/** Memory that a tree holds when it is built, beyond the keys it was given. */
export function memoryRows(set: KeySet): ResultRow[] {
	const name = `memory of ${KEYS.toLocaleString("en")} ${set.name} keys`;
	const unit = "bytes a row";
	const held = (build: () => { readonly size: number }) => {
		const before = liveBytes();
		const tree = build();
		const bytes = (liveBytes() - before) / tree.size;
		return [bytes];
	};
	const index = buildIndex(set.columns);
	const told = { name, variant: `${OURS}.bytes`, unit, samples: [index.bytes / index.size], rounds: 1 };
	return [
		resultRow({ name, variant: THEIRS, unit, samples: held(() => buildSortedTree(set)), rounds: 1 }),
		resultRow(
			{ name, variant: OURS, unit, samples: held(() => buildIndex(set.columns)), rounds: 1 },
			{ goal: MOST_BYTES[set.name] },
		),
		resultRow(told, { goal: MOST_BYTES[set.name] }),
	];
}
