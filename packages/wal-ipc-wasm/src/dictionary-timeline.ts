import * as arrow from "apache-arrow";
import { BodyReader, type EntryBytes } from "./body-reader.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { type DictionaryLookup, readColumn } from "./column-reader.ts";
import type { BatchMessage } from "./stream-scan.ts";

/** Looks at a column that has been read: throws where its values are not as they must be. */
export type CheckColumn = (plan: ColumnPlan, data: arrow.Data, reader: BodyReader) => void;

/**
 * The dictionaries of a stream as they are at any message: what was sent last before it, with the deltas since.
 *
 * Nothing is read before a column asks, and then once.
 */
export function dictionaryTimeline(
	entry: EntryBytes,
	messages: readonly BatchMessage[],
	ids: readonly bigint[],
	check: CheckColumn | undefined,
): DictionaryLookup {
	/** By id, in the order of the stream. */
	const byId = new Map<bigint, BatchMessage[]>();
	const vectors = new Map<BatchMessage, arrow.Vector>();
	for (const message of messages) {
		if (!message.dictionary) continue;
		const { id } = message.dictionary;
		const known = byId.get(id);
		if (known) known.push(message);
		else byId.set(id, [message]);
	}

	const lookup: DictionaryLookup = (plan, reader, hasValues) => {
		const { id, values } = plan.dictionary as NonNullable<ColumnPlan["dictionary"]>;
		const known = byId.get(ids[id] as bigint) ?? [];
		let last = known.length - 1;
		while (last >= 0 && (known[last] as BatchMessage).start >= reader.message.start) last--;
		if (last >= 0) return vectorOf(values, known, last);
		if (hasValues) throw reader.damaged(`column "${plan.path}" comes before its dictionary`);
		return new arrow.Vector([arrow.makeData({ type: values.type as never, length: 0 })]);
	};

	const vectorOf = (values: ColumnPlan, known: readonly BatchMessage[], last: number): arrow.Vector => {
		const message = known[last] as BatchMessage;
		const read = vectors.get(message);
		if (read) return read;
		// Back to a whole dictionary, or to deltas that are read already.
		let before: readonly arrow.Data[] = [];
		let first = last;
		for (; first > 0 && known[first]?.dictionary?.isDelta; first--) {
			const earlier = vectors.get(known[first - 1] as BatchMessage);
			if (!earlier) continue;
			before = earlier.unmemoize().data;
			break;
		}
		const chunks = known.slice(first, last + 1).map((message) => readChunk(values, message));
		const vector = new arrow.Vector([...before, ...chunks]).memoize();
		vectors.set(message, vector);
		return vector;
	};

	const readChunk = (values: ColumnPlan, message: BatchMessage): arrow.Data => {
		const reader = new BodyReader(entry, message);
		const data = readColumn(values, reader, lookup);
		check?.(values, data, reader);
		return data;
	};

	return lookup;
}
