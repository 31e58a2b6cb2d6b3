import { WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainAbsence } from "../src/absence.ts";
import { MAX_ENTRY_POSITION } from "../src/entry-position.ts";
import { findLatestVersion } from "../src/find-latest-version.ts";
import { findTip } from "../src/find-tip.ts";
import { firstManifest } from "../src/shard-manifest.ts";
import { ShardManifestStore } from "../src/shard-manifest-store.ts";
import { entryKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { failureOf, intercept, TestLog } from "./test-log.ts";

const SHARD = "aa48498d-ac91-59e2-8452-69f46010ace2";

interface Slots {
	/** Entries `first … last` exist, except these. */
	readonly first: bigint;
	readonly last: bigint;
	readonly missing?: readonly bigint[];
}

/** A store that answers for any number of entries without holding them, and counts what it is asked. */
function virtualLog(log: TestLog, slots: Slots): { store: ObjectStore; requests: () => number } {
	let requests = 0;
	const exists = new Map<string, boolean>();
	for (const missing of slots.missing ?? []) exists.set(entryKey(SHARD, missing), false);
	const store = intercept(log.store, {
		get: async (_, proceed) => {
			requests++;
			return proceed();
		},
		head: async (key, proceed) => {
			requests++;
			if (!key.endsWith(".arrow")) return proceed();
			const position = positionOf(key);
			const present = exists.get(key) ?? (position >= slots.first && position <= slots.last);
			return present ? { key, size: 1, lastModifiedMs: 0 } : undefined;
		},
	});
	return { store, requests: () => requests };
}

function positionOf(key: string): bigint {
	const bits = key.split("/").at(-1)?.slice(0, 64) ?? "";
	return BigInt(`0b${[...bits].reverse().join("")}`);
}

async function commit(
	log: TestLog,
	changes: { replayAfterEntryPosition?: bigint; lastSeenEntryPosition?: bigint },
): Promise<void> {
	const manifests = new ShardManifestStore({ store: log.store });
	const current = await manifests.latest();
	const next = current
		? successorOf(current, changes)
		: { ...firstManifest({ shardId: SHARD, writerEpoch: 1n }), ...changes };
	await manifests.write(next);
}

describe("the tip", () => {
	it.each([0n, 1n, 2n, 10n, 1_000n, 1_000_000n])(
		"of %s entries is found in at most 64 requests, without a hint",
		async (last) => {
			const log = new TestLog();
			await commit(log, {});
			const { store, requests } = virtualLog(log, { first: 1n, last });
			const manifests = new ShardManifestStore({ store });
			expect(await findTip({ store, manifests })).toBe(last + 1n);
			expect(requests()).toBeLessThanOrEqual(64);
		},
	);

	it("is found from any log, any replay cursor and any hint, however wrong", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.bigInt({ min: 0n, max: 5_000n }),
				fc.bigInt({ min: 0n, max: 5_000n }),
				fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
				fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { maxLength: 2 }),
				async (covered, above, lastSeen, hints) => {
					const log = new TestLog();
					await commit(log, { replayAfterEntryPosition: covered, lastSeenEntryPosition: lastSeen });
					const { store } = virtualLog(log, { first: covered + 1n, last: covered + above });
					const manifests = new ShardManifestStore({ store });
					expect(await findTip({ store, manifests, hints })).toBe(covered + above + 1n);
				},
			),
			{ numRuns: 200 },
		);
	});

	it("costs little more than the look around it when the hint is right", async () => {
		const log = new TestLog();
		await commit(log, { lastSeenEntryPosition: 999_999n });
		const { store, requests } = virtualLog(log, { first: 1n, last: 1_000_000n });
		const manifests = new ShardManifestStore({ store });
		expect(await findTip({ store, manifests })).toBe(1_000_001n);
		expect(requests()).toBeLessThanOrEqual(26);
	});

	it("of a full log lies past the last position", async () => {
		const log = new TestLog();
		await commit(log, { replayAfterEntryPosition: MAX_ENTRY_POSITION - 2n });
		const { store } = virtualLog(log, { first: MAX_ENTRY_POSITION - 1n, last: MAX_ENTRY_POSITION });
		expect(await findTip({ store, manifests: new ShardManifestStore({ store }) })).toBe(2n ** 64n);
	});

	it("is never what a failed request looks like", async () => {
		const log = new TestLog();
		await commit(log, {});
		for (let failing = 1; failing <= 12; failing++) {
			let heads = 0;
			const { store } = virtualLog(log, { first: 1n, last: 20n });
			const flaky: ObjectStore = {
				...store,
				head: async (key, options) => {
					if (key.endsWith(".arrow") && ++heads === failing) throw new WalError("WAL_UNAVAILABLE", "planted 503");
					return store.head(key, options);
				},
			};
			const search = findTip({ store: flaky, manifests: new ShardManifestStore({ store: flaky }) });
			await expect(search).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
		}
	});

	it("leaves no request under way when one of several fails, for its entries as for the manifest", async () => {
		const log = new TestLog();
		await commit(log, {});
		for (const failing of ["manifest/", "wal/"]) {
			let underWay = 0;
			let asked = 0;
			const store = intercept(log.store, {
				head: async (key, proceed) => {
					if (!key.includes(failing)) return proceed();
					const first = asked++ === 0;
					underWay++;
					await log.clock.sleep(first ? 1 : 5_000);
					underWay--;
					if (first) throw new WalError("WAL_UNAVAILABLE", "planted 503");
					return proceed();
				},
			});
			const manifests = new ShardManifestStore({ store });
			const search: Promise<unknown> =
				failing === "wal/"
					? explainAbsence({ store, manifests, entryPosition: 1n })
					: findLatestVersion(store, SHARD, { knownVersion: 1n });
			expect(await failureOf(log.clock.run(search))).toMatchObject({ code: "WAL_UNAVAILABLE" });
			expect(underWay).toBe(0);
		}
	});

	it("is told also when a live writer is faster than the search, and is then where the log ended a moment ago", async () => {
		const log = new TestLog();
		await commit(log, {});
		let last = 10n;
		let heads = 0;
		// Whatever is asked, the writer has written on before the next request.
		const store = intercept(log.store, {
			head: async (key, proceed) => {
				if (!key.endsWith(".arrow")) return proceed();
				if (++heads > 10_000) throw new WalError("WAL_INTERNAL", "the search never ends");
				const present = positionOf(key) <= last;
				last += 2n;
				return present ? { key, size: 1, lastModifiedMs: 0 } : undefined;
			},
		});
		const tip = await findTip({ store, manifests: new ShardManifestStore({ store }) });
		expect(tip).toBeGreaterThan(11n);
		expect(tip).toBeLessThanOrEqual(last + 1n);
	});

	it("is looked for again when the log was collected under the search", async () => {
		const log = new TestLog();
		await commit(log, {});
		let collected = false;
		const { store } = virtualLog(log, { first: 1n, last: 100n });
		const moving = intercept(store, {
			head: async (key, proceed) => {
				const position = key.endsWith(".arrow") ? positionOf(key) : 0n;
				if (!collected && position > 60n) {
					collected = true;
					await commit(log, { replayAfterEntryPosition: 98n, lastSeenEntryPosition: 98n });
				}
				// Everything up to the cursor is gone from then on.
				if (collected && position > 0n && position <= 98n) return undefined;
				return proceed();
			},
		});
		expect(await findTip({ store: moving, manifests: new ShardManifestStore({ store: moving }) })).toBe(101n);
	});
});

describe("an absent slot", () => {
	async function explain(log: TestLog, slots: Slots, entryPosition: bigint, known: bigint[] = []) {
		const { store } = virtualLog(log, slots);
		return explainAbsence({ store, manifests: new ShardManifestStore({ store }), entryPosition, known });
	}

	it("is the tip when nothing is after it", async () => {
		expect(await explain(new TestLog(), { first: 1n, last: 4n }, 5n)).toEqual({ kind: "tip" });
	});

	it("is a gap when something is near after it, or anywhere it is known to be", async () => {
		const log = new TestLog();
		const slots: Slots = { first: 1n, last: 100n, missing: [50n] };
		expect(await explain(log, slots, 50n)).toEqual({ kind: "gap", laterPosition: 51n });
		const far: Slots = { first: 100n, last: 100n };
		expect(await explain(log, far, 50n)).toEqual({ kind: "tip" });
		expect(await explain(log, far, 50n, [100n])).toEqual({ kind: "gap", laterPosition: 100n });
		await commit(log, { lastSeenEntryPosition: 100n });
		expect(await explain(log, far, 50n)).toEqual({ kind: "gap", laterPosition: 100n });
		// A manifest that knows of what is not there tells nothing of what is before it.
		expect(await explain(log, { first: 1n, last: 49n }, 50n)).toEqual({ kind: "tip" });
	});

	it("was collected when the replay cursor is past it, whether or not something is after it", async () => {
		const log = new TestLog();
		await commit(log, { replayAfterEntryPosition: 9n });
		const collected = { kind: "collected", resumeFrom: 10n };
		expect(await explain(log, { first: 10n, last: 12n }, 5n)).toEqual(collected);
		expect(await explain(log, { first: 20n, last: 19n }, 5n)).toEqual(collected);
	});

	it("is present when it is there at the second look", async () => {
		expect(await explain(new TestLog(), { first: 1n, last: 9n }, 5n)).toEqual({ kind: "present" });
	});

	it("is not asked about past the last position", async () => {
		expect(await explain(new TestLog(), { first: 1n, last: 4n }, MAX_ENTRY_POSITION)).toEqual({ kind: "tip" });
	});
});
