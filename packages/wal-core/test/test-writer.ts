import { loadCodec } from "@memwal/wal-ipc-wasm";
import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { type Data, Field, Int32, makeData, RecordBatch, Schema, Struct, vectorFromArray } from "apache-arrow";
import type { FrozenMemtable, MemtableSink } from "../src/memtable-sink.ts";
import type { OpenWriterOptions } from "../src/open-writer.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { ShardWriter } from "../src/shard-writer.ts";
import { idsOf, intercept, type TestLog } from "./test-log.ts";

/** The shard that is meant where none is named. */
export const SHARD = "aa48498d-ac91-59e2-8452-69f46010ace2";

/** What `batchOf` makes. */
export const ID_SCHEMA: Schema = new Schema([new Field("id", new Int32(), true)]);

export const isEntry = (key: string): boolean => key.endsWith(".arrow");

export function openWriter(log: TestLog, options: Partial<OpenWriterOptions> = {}): Promise<ShardWriter> {
	return log.clock.run(ShardWriter.open({ ...log.options(options.store), schema: ID_SCHEMA, ...options }));
}

/** The ids that can be read, in the order of the log. */
export async function visibleIds(writer: ShardWriter): Promise<number[]> {
	const batches: RecordBatch[] = [];
	for await (const batch of writer.scan()) batches.push(batch);
	return idsOf(batches);
}

/** A batch with this schema, its columns by name. */
export function batchFrom(schema: Schema, columns: Readonly<Record<string, readonly unknown[]>>): RecordBatch {
	const children = schema.fields.map(({ name, type }): Data => {
		const values = columns[name] ?? [];
		return values.length === 0 ? makeData({ type }) : (vectorFromArray(values, type).data[0] as Data);
	});
	const length = Object.values(columns)[0]?.length ?? 0;
	return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
}

/** Puts an entry of any writer where a test wants it; without batches it is a sentinel. */
export async function plantEntry(
	log: TestLog,
	entryPosition: bigint,
	writerEpoch: bigint,
	batches: readonly RecordBatch[],
): Promise<void> {
	const codec = await loadCodec();
	const entry = codec.encode({
		schema: batches[0]?.schema ?? new Schema([]),
		batches,
		header: { writerEpoch, fenceSentinel: batches.length === 0 },
		writeId: log.random.bytes(16),
	});
	const created = await log.store.putIfAbsent(entryKey(SHARD, entryPosition), entry.pieces);
	entry.release();
	if (created !== "created") throw new Error(`entry ${entryPosition} exists`);
}

/** The newest manifest in the store. */
export async function manifestOf(log: TestLog) {
	const manifest = await new ShardManifestStore({ store: log.store }).readLatest();
	if (!manifest) throw new Error("the shard has no manifest");
	return manifest;
}

/** A store that writes down the keys of all its writes, hints among them. */
export function recordingWrites(store: ObjectStore): { readonly store: ObjectStore; readonly writes: string[] } {
	const writes: string[] = [];
	return {
		writes,
		store: {
			...intercept(store, {}),
			putIfAbsent: (key, body, options) => {
				writes.push(key);
				return store.putIfAbsent(key, body, options);
			},
			put: (key, body, options) => {
				writes.push(key);
				return store.put(key, body, options);
			},
			delete: (key, options) => {
				writes.push(key);
				return store.delete(key, options);
			},
		},
	};
}

/** Lets nobody through while it is shut; it begins open. */
export class Gate {
	#passed: Promise<void> | undefined;
	#open: () => void = () => undefined;

	shut(): void {
		this.#passed = new Promise((resolve) => {
			this.#open = resolve;
		});
	}

	open(): void {
		this.#passed = undefined;
		this.#open();
	}

	async passed(): Promise<void> {
		await this.#passed;
	}
}

/** A store whose entries wait while the gate is shut. */
export function gatedStore(log: TestLog): { readonly store: ObjectStore; readonly gate: Gate } {
	const gate = new Gate();
	const store = intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (isEntry(key)) await gate.passed();
			return proceed();
		},
	});
	return { store, gate };
}

/** A store that entries do not reach between `begin` and `end`; nobody can say what became of them. */
export function unreachable(log: TestLog): {
	readonly store: ObjectStore;
	readonly begin: () => void;
	readonly end: () => void;
} {
	let away = false;
	const store = intercept(log.store, {
		putIfAbsent: async (key, proceed) => {
			if (!away || !isEntry(key)) return proceed();
			throw new WalError("WAL_UNAVAILABLE", "the store is away", { outcome: "unknown" });
		},
	});
	const set = (value: boolean) => () => {
		away = value;
	};
	return { store, begin: set(true), end: set(false) };
}

/** A sink that remembers what it was given, and fails while it is told to. */
export class SinkDouble implements MemtableSink {
	/** What it has taken. */
	readonly sunk: FrozenMemtable[] = [];
	/** Generations it was offered, also when it failed. */
	readonly offered: bigint[] = [];
	/** Called before it takes anything. */
	before: (memtable: FrozenMemtable) => Promise<void> = async () => undefined;

	async write(memtable: FrozenMemtable): Promise<void> {
		this.offered.push(memtable.generation);
		await this.before(memtable);
		this.sunk.push(memtable);
	}

	/** The ids it has taken, memtable by memtable. */
	get ids(): number[][] {
		return this.sunk.map(({ entries }) => entries.flatMap(({ batches }) => idsOf(batches)));
	}

	/** The positions of the entries it has taken, memtable by memtable. */
	get entryPositions(): bigint[][] {
		return this.sunk.map(({ entries }) => entries.map(({ entryPosition }) => entryPosition));
	}
}
