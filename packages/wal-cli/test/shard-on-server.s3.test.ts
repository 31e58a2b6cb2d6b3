import { openStore, ShardManifestStore, ShardWriter, WalAppender, type WalEntry, WalTailer } from "@memwal/wal-core";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { describe, expect, it, onTestFinished } from "vitest";
import { newLog } from "./built-command.ts";

type Store = Awaited<ReturnType<typeof openStore>>;

async function logStore(): Promise<{ readonly url: string; readonly store: Store }> {
	const url = await newLog();
	const store = await openStore(url);
	onTestFinished(() => store.close?.());
	return { url, store };
}

function batchOf(...ids: number[]): RecordBatch {
	return tableFromArrays({ id: Int32Array.from(ids) }).batches[0] as RecordBatch;
}

const idsOf = ({ batches }: WalEntry): number[] => batches.flatMap((batch) => [...(batch.getChild("id") ?? [])]);

async function entriesOf(store: Store): Promise<number[][]> {
	const tailer = await WalTailer.open({ store });
	const entries: number[][] = [];
	for await (const entry of tailer.entries({ from: 1n })) entries.push(idsOf(entry));
	return entries;
}

describe("an appender on a server", () => {
	it("gives its entries the positions from 1 on, one request each", async () => {
		const { store } = await logStore();
		const appender = await WalAppender.open({ store });
		const results = await Promise.all([1, 2, 3, 4, 5].map((id) => appender.append([batchOf(id)])));
		expect(results.map(({ entryPosition, attempts }) => [entryPosition, attempts])).toEqual(
			[1n, 2n, 3n, 4n, 5n].map((position) => [position, 1]),
		);
		await appender.close();
		expect(await entriesOf(store)).toEqual([[1], [2], [3], [4], [5]]);
	});

	it("is fenced by the next one, which goes on after its last entry", async () => {
		const { store, url } = await logStore();
		const first = await WalAppender.open({ store });
		await first.append([batchOf(1)]);
		const other = await openStore(url);
		onTestFinished(() => other.close?.());
		const second = await WalAppender.open({ store: other });
		expect(second.writerEpoch).toBe(2n);
		await expect(first.append([batchOf(2)])).rejects.toMatchObject({
			code: "WAL_FENCED",
			outcome: "not-written",
			details: { epoch: 1n, fencedBy: 2n },
		});
		await second.append([batchOf(3)]);
		await second.close();
		expect(await entriesOf(store)).toEqual([[1], [], [3]]);
	});

	it("has an epoch to itself, of eight that open at once, and the last one to open can append", async () => {
		const { store, url } = await logStore();
		const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(url)));
		onTestFinished(async () => {
			for (const opened of stores) await opened.close?.();
		});
		const opens = await Promise.allSettled(stores.map((opened) => WalAppender.open({ store: opened })));
		const appenders = opens.flatMap((open) => (open.status === "fulfilled" ? [open.value] : []));
		const epochs = appenders.map(({ writerEpoch }) => writerEpoch);
		expect(new Set(epochs).size).toBe(epochs.length);
		const newest = await WalAppender.open({ store });
		expect(await newest.append([batchOf(1)])).toMatchObject({ rows: 1, attempts: 1 });
		await newest.close();
		const manifest = await new ShardManifestStore({ store }).readLatest();
		expect(manifest?.writerEpoch).toBe(newest.writerEpoch);
	});

	it("takes entries of several megabytes", async () => {
		const { store } = await logStore();
		const appender = await WalAppender.open({ store });
		const ids = Array.from({ length: 1_500_000 }, (_, id) => id);
		const { bytes } = await appender.append([
			batchOf(...ids.slice(0, 10)),
			tableFromArrays({ id: Int32Array.from(ids) }).batches[0] as RecordBatch,
		]);
		expect(bytes).toBeGreaterThan(6_000_000);
		await appender.close();
		const [entry] = await entriesOf(store);
		expect(entry?.length).toBe(1_500_010);
		expect(entry?.at(-1)).toBe(1_499_999);
	});
});

describe("a writer on a server", () => {
	async function visibleIds(writer: ShardWriter): Promise<number[]> {
		const ids: number[] = [];
		for await (const batch of writer.scan()) ids.push(...(batch.getChild("id") ?? []));
		return ids;
	}

	it("lets many puts share entries, and its successor reads them all back", async () => {
		const { store, url } = await logStore();
		const { schema } = batchOf(0);
		const writer = await ShardWriter.open({ store, schema });
		const results = await Promise.all(Array.from({ length: 200 }, (_, id) => writer.put([batchOf(id)])));
		const entries = new Set(results.map(({ entryPosition }) => entryPosition));
		expect(entries.size).toBeLessThan(50);
		const expected = Array.from({ length: 200 }, (_, id) => id);
		expect(await visibleIds(writer)).toEqual(expected);

		const other = await openStore(url);
		onTestFinished(() => other.close?.());
		const successor = await ShardWriter.open({ store: other, schema });
		expect(await visibleIds(successor)).toEqual(expected);
		await expect(writer.put([batchOf(200)])).rejects.toMatchObject({ code: "WAL_FENCED", outcome: "not-written" });
		await successor.put([batchOf(201)]);
		await successor.close();
		await writer.close().catch(() => undefined);
		expect((await entriesOf(store)).flat()).toEqual([...expected, 201]);
	});
});

describe("a tailer on a server", () => {
	it("reads what another process appends while it follows, in order and each entry once", async () => {
		const { store, url } = await logStore();
		const writing = await openStore(url);
		onTestFinished(() => writing.close?.());
		const appender = await WalAppender.open({ store: writing });
		const abort = new AbortController();
		const tailer = await WalTailer.open({ store });
		const seen: number[] = [];
		const following = (async () => {
			for await (const entry of tailer.entries({ from: 1n, follow: true, signal: abort.signal })) {
				seen.push(...idsOf(entry));
				if (seen.length === 100) return;
			}
		})();
		for (let id = 0; id < 100; id++) await appender.append([batchOf(id)]);
		await following;
		expect(seen).toEqual(Array.from({ length: 100 }, (_, id) => id));
		await appender.close();
	});

	it("reads a range with many requests at once, and ends at the tip", async () => {
		const { store } = await logStore();
		const appender = await WalAppender.open({ store });
		for (let id = 0; id < 40; id++) await appender.append([batchOf(id)]);
		await appender.close();
		const tailer = await WalTailer.open({ store });
		const ids: number[] = [];
		for await (const entry of tailer.entries({ from: 11n, concurrency: 16 })) ids.push(...idsOf(entry));
		expect(ids).toEqual(Array.from({ length: 30 }, (_, i) => i + 10));
		expect(await tailer.nextPosition()).toBe(41n);
	});

	it("ends with its signal, and leaves nothing under way", async () => {
		const { store } = await logStore();
		const appender = await WalAppender.open({ store });
		await appender.append([batchOf(1)]);
		await appender.close();
		const abort = new AbortController();
		const tailer = await WalTailer.open({ store });
		const following = (async () => {
			for await (const _ of tailer.entries({ from: 1n, follow: true, signal: abort.signal })) abort.abort();
		})();
		await expect(following).rejects.toMatchObject({ code: "WAL_ABORTED" });
		await store.close?.();
	});
});
