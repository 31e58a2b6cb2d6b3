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
export class DictionaryTimeline {
	readonly #entry: EntryBytes;
	readonly #ids: readonly bigint[];
	readonly #check: CheckColumn | undefined;
	/** By id, in the order of the stream. */
	readonly #messages = new Map<bigint, BatchMessage[]>();
	readonly #vectors = new Map<BatchMessage, arrow.Vector>();

	constructor(
		entry: EntryBytes,
		messages: readonly BatchMessage[],
		ids: readonly bigint[],
		check: CheckColumn | undefined,
	) {
		this.#entry = entry;
		this.#ids = ids;
		this.#check = check;
		for (const message of messages) {
			if (!message.dictionary) continue;
			const { id } = message.dictionary;
			const known = this.#messages.get(id);
			if (known) known.push(message);
			else this.#messages.set(id, [message]);
		}
	}

	readonly lookup: DictionaryLookup = (plan, reader, hasValues) => {
		const { id, values } = plan.dictionary as NonNullable<ColumnPlan["dictionary"]>;
		const messages = this.#messages.get(this.#ids[id] as bigint) ?? [];
		let last = messages.length - 1;
		while (last >= 0 && (messages[last] as BatchMessage).start >= reader.message.start) last--;
		if (last >= 0) return this.#vector(values, messages, last);
		if (hasValues) throw reader.damaged(`the dictionary of column "${plan.path}" does not come before it`);
		return new arrow.Vector([arrow.makeData({ type: values.type as never, length: 0 })]);
	};

	#vector(values: ColumnPlan, messages: readonly BatchMessage[], last: number): arrow.Vector {
		const known = this.#vectors.get(messages[last] as BatchMessage);
		if (known) return known;
		// Back to a whole dictionary, or to deltas that are read already.
		let first = last;
		while (
			first > 0 &&
			messages[first]?.dictionary?.isDelta &&
			!this.#vectors.has(messages[first - 1] as BatchMessage)
		) {
			first--;
		}
		const isExtended = messages[first]?.dictionary?.isDelta && first > 0;
		const before = isExtended ? this.#vectors.get(messages[first - 1] as BatchMessage)?.unmemoize().data : undefined;
		const chunks = before ? [...before] : [];
		for (let index = first; index <= last; index++) chunks.push(this.#chunk(values, messages[index] as BatchMessage));
		const vector = new arrow.Vector(chunks).memoize();
		this.#vectors.set(messages[last] as BatchMessage, vector);
		return vector;
	}

	#chunk(values: ColumnPlan, message: BatchMessage): arrow.Data {
		const reader = new BodyReader(this.#entry, message);
		const data = readColumn(values, reader, this.lookup);
		this.#check?.(values, data, reader);
		return data;
	}
}
