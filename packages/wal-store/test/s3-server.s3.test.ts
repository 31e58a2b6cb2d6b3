import { randomUUID } from "node:crypto";
import { getEventListeners } from "node:events";
import { realClock, realRandom } from "@memwal/wal-runtime";
import { createOnce, type ObjectStore, openStore } from "@memwal/wal-store";
import { type StoreCapabilities, storeConformance } from "@memwal/wal-store/testing";
import { afterEach, describe, expect, it } from "vitest";

/** What `npm run s3 -- test` says of the server. */
const { MEMWAL_S3_URL: bucket, MEMWAL_S3_SERVER: server } = process.env;
if (!bucket || !server) throw new Error("these tests need a server: npm run s3 -- test");

const folder = `wal-store-${randomUUID()}`;
const keyBytes = 1024 - `${folder}/`.length;

/** Where the two servers are not as AWS is. */
const peculiarities: Record<string, { capabilities: StoreCapabilities; knownGaps: readonly string[] }> = {
	versitygw: {
		capabilities: { nestedKeys: false, sharedObjects: true, keyBytes },
		// It answers the same code for a moment while a folder is emptied, so that the refusal does not say that it lasts.
		knownGaps: ["a key that cannot be beside another is refused, and nothing is written"],
	},
	minio: {
		capabilities: { nestedKeys: true, sharedObjects: true, keyBytes },
		// Its lists leave out what lies below a key that is an object itself.
		knownGaps: ["a key may be that of an object and of a folder"],
	},
};

const opened: ObjectStore[] = [];
async function open(): Promise<ObjectStore> {
	const store = await openStore(`${bucket}/${folder}`);
	opened.push(store);
	return store;
}
afterEach(async () => {
	for (const store of opened.splice(0)) await store.close?.();
});

describe(`the S3 store on ${server}`, () => {
	const own = peculiarities[server];
	if (!own) throw new Error(`nothing is known about ${server}`);
	for (const { name, run } of storeConformance({ ...own, open })) {
		it(name, async () => {
			await expect(run()).resolves.toBeUndefined();
		});
	}

	it("lets createOnce win once, of 16 creators in 4 stores, 24 times", async () => {
		const stores = await Promise.all([open(), open(), open(), open()]);
		for (let round = 0; round < 24; round++) {
			const bodies = Array.from({ length: 16 }, (_, i) => new TextEncoder().encode(`round ${round}, creator ${i}`));
			const results = await Promise.all(
				bodies.map((body, i) => create(stores[i % 4] as ObjectStore, `races/${round}`, body)),
			);
			const winners = results.flatMap(({ result }, i) => (result === "written" ? [bodies[i]] : []));
			expect(winners).toHaveLength(1);
			expect(Buffer.from((await stores[0]?.get(`races/${round}`))?.bytes ?? [])).toEqual(Buffer.from(winners[0] ?? []));
		}
	});

	it("settles large bodies, whose early refusal arrives as a reset", async () => {
		const store = await open();
		const ours = new Uint8Array(8 * 2 ** 20).fill(1);
		const theirs = new Uint8Array(8 * 2 ** 20).fill(2);
		expect(await create(store, "large", ours)).toMatchObject({ result: "written" });
		for (let round = 0; round < 6; round++) {
			expect((await create(store, "large", ours)).result).toBe("written");
			expect((await create(store, "large", theirs)).result).toBe("taken");
		}
	});

	it("takes no body that was damaged on its way", async () => {
		const store = await open();
		const damaged = store.putIfAbsent("damaged", new TextEncoder().encode("123456789"), { crc32: 0xcbf43927 });
		await expect(damaged).rejects.toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
		expect(await store.get("damaged")).toBeUndefined();
	});

	it("answers a hundred looks with one signal, and leaves nothing on it", async () => {
		const store = await open();
		const { signal } = new AbortController();
		const looks = await Promise.all(Array.from({ length: 100 }, (_, i) => store.head(`absent/${i}`, { signal })));
		expect(looks.every((meta) => meta === undefined)).toBe(true);
		expect(getEventListeners(signal, "abort")).toHaveLength(0);
	});

	it("says that a bucket is not there, and that credentials are not known", async () => {
		const elsewhere = await openStore("s3://there-is-no-such-bucket");
		opened.push(elsewhere);
		for (const call of callsOf(elsewhere)) {
			await expect(call()).rejects.toMatchObject({
				code: "WAL_INVALID",
				message: expect.stringContaining("there is no bucket there-is-no-such-bucket"),
			});
		}
		const { openS3Store } = await import("@memwal/wal-store/s3");
		const stranger = await openS3Store({
			bucket: "memwal",
			credentials: { accessKeyId: "nobody", secretAccessKey: "knows" },
		});
		opened.push(stranger);
		for (const call of callsOf(stranger)) {
			await expect(call()).rejects.toMatchObject({ code: "WAL_DENIED", details: { reason: "credentials" } });
		}
	});
});

function callsOf(store: ObjectStore): readonly (() => Promise<unknown>)[] {
	return [() => store.head("a"), () => store.get("a"), () => store.putIfAbsent("a", new Uint8Array(1))];
}

function create(store: ObjectStore, key: string, body: Uint8Array): ReturnType<typeof createOnce> {
	return createOnce(store, key, body, { clock: realClock, random: realRandom, deadlineMs: 30_000 });
}
