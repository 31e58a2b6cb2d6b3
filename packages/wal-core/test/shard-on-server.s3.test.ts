import { randomUUID } from "node:crypto";
import { type ObjectStore, openStore } from "@memwal/wal-store";
import { tableFromArrays } from "apache-arrow";
import { describe, expect, it, onTestFinished } from "vitest";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { ShardWriter } from "../src/shard-writer.ts";
import { WalAppender } from "../src/wal-appender.ts";
import { WalTailer } from "../src/wal-tailer.ts";
import { batchOf, idsOf } from "./test-log.ts";
import { visibleIds } from "./test-writer.ts";

/*
 * What the suites that run on any store do not show of a server: connections of one's own, time and chance as they are,
 * and large bodies.
 */

const { MEMWAL_TEST_LOGS: logs } = process.env;
if (!logs) throw new Error("these tests need a server: npm run s3 -- test");

/** Opens a log of its own, each time with other connections. */
function newLog(): () => Promise<ObjectStore> {
	const url = `${logs}/${randomUUID()}`;
	return async () => {
		const store = await openStore(url);
		onTestFinished(() => store.close?.());
		return store;
	};
}

const upTo = (end: number) => Array.from({ length: end }, (_, id) => id);

async function entriesOf(store: ObjectStore): Promise<number[][]> {
	const tailer = await WalTailer.open({ store });
	const entries: number[][] = [];
	for await (const { batches } of tailer.entries({ from: 1n })) entries.push(idsOf(batches));
	return entries;
}

describe("an appender on a server", () => {
	it("has an epoch to itself, of eight that open at once, and the last one to open can append", async () => {
		const open = newLog();
		const opens = await Promise.allSettled(upTo(8).map(async () => WalAppender.open({ store: await open() })));
		const appenders = opens.flatMap((opened) => (opened.status === "fulfilled" ? [opened.value] : []));
		const epochs = appenders.map(({ writerEpoch }) => writerEpoch);
		expect(new Set(epochs).size).toBe(epochs.length);
		const store = await open();
		const newest = await WalAppender.open({ store });
		expect(await newest.append([batchOf(1)])).toMatchObject({ rows: 1, attempts: 1 });
		await newest.close();
		const manifest = await new ShardManifestStore({ store }).readLatest();
		expect(manifest?.writerEpoch).toBe(newest.writerEpoch);
	});

	it("takes entries of several megabytes", async () => {
		const store = await newLog()();
		const appender = await WalAppender.open({ store });
		const { batches } = tableFromArrays({ id: Int32Array.from(upTo(1_500_000)) });
		const { bytes } = await appender.append(batches);
		expect(bytes).toBeGreaterThan(6_000_000);
		await appender.close();
		const [entry] = await entriesOf(store);
		expect([entry?.length, entry?.at(-1)]).toEqual([1_500_000, 1_499_999]);
	});
});

describe("a writer on a server", () => {
	it("lets many puts share entries, and its successor reads them all back", async () => {
		const open = newLog();
		const store = await open();
		const { schema } = batchOf(0);
		const writer = await ShardWriter.open({ store, schema });
		const results = await Promise.all(upTo(200).map((id) => writer.put([batchOf(id)])));
		const entries = new Set(results.map(({ entryPosition }) => entryPosition));
		expect(entries.size).toBeLessThan(50);
		expect(await visibleIds(writer)).toEqual(upTo(200));

		const successor = await ShardWriter.open({ store: await open(), schema });
		expect(await visibleIds(successor)).toEqual(upTo(200));
		await expect(writer.put([batchOf(-1)])).rejects.toMatchObject({ code: "WAL_FENCED", outcome: "not-written" });
		await successor.put([batchOf(200)]);
		await successor.close();
		await writer.close().catch(() => undefined);
		expect((await entriesOf(store)).flat()).toEqual(upTo(201));
	});
});

describe("a tailer on a server", () => {
	it("reads what another process appends while it follows, in order and each entry once", async () => {
		const open = newLog();
		const appender = await WalAppender.open({ store: await open() });
		const tailer = await WalTailer.open({ store: await open() });
		const seen: number[] = [];
		const following = (async () => {
			for await (const { batches } of tailer.entries({ from: 1n, follow: true })) {
				seen.push(...idsOf(batches));
				if (seen.length === 100) return;
			}
		})();
		for (const id of upTo(100)) await appender.append([batchOf(id)]);
		await following;
		expect(seen).toEqual(upTo(100));
		await appender.close();
	});
});
