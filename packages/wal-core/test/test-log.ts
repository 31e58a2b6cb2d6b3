import { seededRandom } from "@memwal/wal-runtime";
import type { ManualClock } from "@memwal/wal-runtime/testing";
import type { ObjectStore } from "@memwal/wal-store";
import { Field, Int32, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import type { OpenAppenderOptions } from "../src/appender-options.ts";
import type { CoreEvent } from "../src/core-events.ts";
import type { ShardOptions } from "../src/shard-context.ts";
import { WalAppender } from "../src/wal-appender.ts";
import { WalTailer } from "../src/wal-tailer.ts";
import { newClock, newStore } from "./test-store.ts";

/** What may be put between a caller and its store: each request passes through the function of its name. */
export interface Interception {
	get?: (key: string, proceed: () => ReturnType<ObjectStore["get"]>) => ReturnType<ObjectStore["get"]>;
	head?: (key: string, proceed: () => ReturnType<ObjectStore["head"]>) => ReturnType<ObjectStore["head"]>;
	putIfAbsent?: (
		key: string,
		proceed: () => ReturnType<ObjectStore["putIfAbsent"]>,
		bytes: Uint8Array,
	) => ReturnType<ObjectStore["putIfAbsent"]>;
	sync?: (prefix: string) => Promise<void>;
}

export function intercept(store: ObjectStore, interception: Interception): ObjectStore {
	const { get, head, putIfAbsent, sync } = interception;
	return {
		get: (key, options) => (get ? get(key, () => store.get(key, options)) : store.get(key, options)),
		head: (key, options) => (head ? head(key, () => store.head(key, options)) : store.head(key, options)),
		putIfAbsent: (key, body, options) =>
			putIfAbsent
				? putIfAbsent(key, () => store.putIfAbsent(key, body, options), joined(body))
				: store.putIfAbsent(key, body, options),
		put: (key, body, options) => store.put(key, body, options),
		list: (prefix, options) => store.list(prefix, options),
		delete: (key, options) => store.delete(key, options),
		...(sync ? { sync } : {}),
	};
}

function joined(body: Uint8Array | readonly Uint8Array[]): Uint8Array {
	return Uint8Array.from(body instanceof Uint8Array ? body : body.flatMap((piece) => [...piece]));
}

/** One shard in a store of its own, on a clock that stands still, and whoever opens it. */
export class TestLog {
	readonly clock: ManualClock = newClock(1_000_000);
	readonly random = seededRandom(7);
	readonly store: ObjectStore = newStore(this.clock);
	readonly events: CoreEvent[] = [];

	options(store: ObjectStore = this.store): ShardOptions {
		return { store, clock: this.clock, random: this.random, observer: (event) => this.events.push(event) };
	}

	appender(store?: ObjectStore, options?: Partial<OpenAppenderOptions>): Promise<WalAppender> {
		return this.clock.run(WalAppender.open({ ...this.options(store), ...options }));
	}

	tailer(store?: ObjectStore): Promise<WalTailer> {
		return WalTailer.open(this.options(store));
	}

	/** The ids in the log, entry by entry; a sentinel is an empty list. */
	async ids(): Promise<number[][]> {
		const tailer = await this.tailer();
		const entries: number[][] = [];
		const read = async () => {
			for await (const entry of tailer.entries({ from: 1n })) entries.push(idsOf(entry.batches));
		};
		await this.clock.run(read());
		return entries;
	}

	async keys(prefix = ""): Promise<string[]> {
		const keys: string[] = [];
		for await (const { key } of this.store.list(prefix)) keys.push(key);
		return keys;
	}
}

const IDS = new Schema([new Field("id", new Int32(), true)]);

/** Made from its parts: apache-arrow's builders take longer than an append. */
export function batchOf(...ids: number[]): RecordBatch {
	const column = makeData({ type: new Int32(), data: Int32Array.from(ids) });
	const rows = makeData({ type: new Struct(IDS.fields), length: ids.length, nullCount: 0, children: [column] });
	return new RecordBatch(IDS, rows);
}

export function idsOf(batches: readonly RecordBatch[]): number[] {
	return batches.flatMap((batch) => [...(batch.getChild("id") ?? [])]);
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
