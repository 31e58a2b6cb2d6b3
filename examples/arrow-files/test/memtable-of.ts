import { resolveShard } from "@memwal/wal-core/manifest";
import type { FrozenMemtable } from "@memwal/wal-core/writer";
import type { ObjectStore } from "@memwal/wal-store";
import { type ChainFile, readChain } from "../src/read-chain.ts";
import { SAMPLE_SCHEMA, sampleBatch, sampleIds } from "../src/sample-rows.ts";

export const PREFIX = "sunk/";

/** A memtable of two rows an entry: entry 3 has rows 30 and 31. */
export function memtableOf(
	positions: readonly number[],
	{ after = 0, ...rest }: { readonly after?: number } & Partial<FrozenMemtable> = {},
): FrozenMemtable {
	return {
		shardId: resolveShard("a").shardId,
		writerEpoch: 1n,
		generation: 1n,
		schema: SAMPLE_SCHEMA,
		afterEntryPosition: BigInt(after),
		entries: positions.map((position) => ({
			entryPosition: BigInt(position),
			batches: [sampleBatch(position * 10, 2)],
		})),
		signal: new AbortController().signal,
		...rest,
	};
}

/** The positions of the entries whose rows these are. */
function positionsIn({ table }: ChainFile): number[] {
	return sampleIds(table.batches)
		.filter((id) => id % 10 === 0)
		.map((id) => id / 10);
}

/** The chain, file by file, as the positions of its entries. */
export async function positionsByFile(store: ObjectStore, prefix = PREFIX): Promise<number[][]> {
	const files: number[][] = [];
	for await (const file of readChain(store, prefix)) files.push(positionsIn(file));
	return files;
}

export async function chainOf(store: ObjectStore, prefix = PREFIX): Promise<ChainFile[]> {
	const files: ChainFile[] = [];
	for await (const file of readChain(store, prefix)) files.push(file);
	return files;
}

/** The error of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
	try {
		await call;
	} catch (error) {
		return error;
	}
	throw new Error("the call resolved");
}
