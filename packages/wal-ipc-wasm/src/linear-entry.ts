import { BatchReader } from "./batch-reader.ts";
import type { EntryBytes } from "./body-reader.ts";
import { CDataWriter } from "./c-data-writer.ts";
import { checkColumn } from "./column-check.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { EngineFailure } from "./engine.ts";
import { InPlaceEngine } from "./in-place-engine.ts";
import { linearMemoryNeed } from "./linear-memory-need.ts";
import { PlacedBodyReader } from "./placed-body-reader.ts";
import type { Projection, ReadPlan } from "./read-plan.ts";
import type { BatchMessage } from "./stream-scan.ts";
import type { WasmSpace } from "./wasm-space.ts";

/** Where the structures lie that describe an entry in linear memory. */
export interface LinearEntry {
	readonly schemaAddress: number;
	readonly batches: readonly LinearBatch[];
}

export interface LinearBatch {
	readonly rows: number;
	readonly metadata: Map<string, string>;
	readonly address: number;
	/** The children, in the order of the schema. */
	readonly columnAddresses: readonly number[];
}

/** All memory is had before anything is unpacked: so much of it may be for what compressed bytes do not make likely. */
const MAX_UNLIKELY_BYTES = 32 << 20;

/**
 * Unpacks and checks columns in a space, and describes them there. All memory is had before the first column: arrays
 * that are already there stay where they are.
 *
 * @throws `WAL_CORRUPT` for what is not as it must be; EngineFailure where there is not enough memory, or
 * more is asked for than can be believed.
 */
export function fillSpace(
	space: WasmSpace,
	entry: Omit<EntryBytes, "engines" | "openBody">,
	plan: ReadPlan,
	asked: Projection,
	messages: readonly BatchMessage[],
): LinearEntry {
	const indices = asked.indices ?? [...plan.columns.keys()];
	const { bytes, unlikelyBytes, longestPacked } = linearMemoryNeed(entry.view, plan, indices, messages);
	if (unlikelyBytes > MAX_UNLIKELY_BYTES) {
		throw new EngineFailure(`it says that it unpacks to ${bytes} bytes, which its own do not make likely`);
	}
	const writer = new CDataWriter(space);
	const schemaAddress = writer.writeSchema(asked.schema.fields, asked.schema.metadata);
	const engines = new InPlaceEngine(space, longestPacked);
	space.reserve(bytes);
	const { buffer } = space.memory;
	const bytesInPlace = { ...entry, engines };
	const openBody = (message: BatchMessage) => new PlacedBodyReader(bytesInPlace, message, space);
	const reader = new BatchReader({ ...bytesInPlace, openBody }, plan, messages, checkColumn);
	const batches = reader.batches.map((message) => {
		const { data, metadata } = reader.read(message, asked);
		const columnAddresses = data.children.map((column, position) =>
			writer.writeColumn(plan.columns[indices[position] as number] as ColumnPlan, column),
		);
		return {
			rows: message.rows,
			metadata,
			address: writer.writeStruct(message.rows, columnAddresses),
			columnAddresses,
		};
	});
	if (space.memory.buffer !== buffer) throw new EngineFailure("more memory was taken than had been counted");
	return { schemaAddress, batches };
}
