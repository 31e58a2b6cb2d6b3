import { beforeEach, describe, expect, test } from "vitest";
import { denied, Gate, lost, refused, replyLost } from "../../wal-store/test/scripted-store.ts";
import { resolveShard } from "../src/shard-id.ts";
import { encodeManifest, shardName } from "../src/shard-manifest.ts";
import { manifestKey, manifestPrefix, versionHintKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { decodeVersionHint } from "../src/version-hint.ts";
import { first, lastSeen, ManifestLog, nextGeneration, type Peer, SHARD } from "./manifest-log.ts";

const OTHER_SHARD = "550e8400-e29b-41d4-a716-446655440001";
const i32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);

let log: ManifestLog;
let peer: Peer;

beforeEach(() => {
	log = new ManifestLog();
	peer = log.peer();
});

describe("reading", () => {
	test("a shard without files gives no manifest, and holds nobody for fenced", async () => {
		expect(await peer.manifests.latest()).toBeUndefined();
		expect(await peer.manifests.refreshLatest()).toBeUndefined();
		expect(await peer.manifests.readVersion(1n)).toBeUndefined();
		expect(await peer.manifests.listVersions()).toEqual([]);
		await expect(peer.manifests.checkFenced(1n)).resolves.toBeUndefined();
	});

	test("what was written comes back field by field", async () => {
		const manifest = first({
			writerEpoch: 3n,
			replayAfterEntryPosition: 2n ** 53n + 1n,
			lastSeenEntryPosition: 2n ** 63n,
			currentGeneration: 9n,
			sstables: [{ generation: 8n, path: "a1b2c3d4_gen_8", physicalRows: 5n }],
			shardSpecId: 3,
			shardFieldEntries: new Map([["user_bucket", i32(7)]]),
			status: "sealed",
		});
		await peer.manifests.write(manifest);
		expect(await log.peer().manifests.latest()).toEqual(manifest);
	});

	test("after five versions the fifth is the latest, and all are listed and can be read", async () => {
		await peer.manifests.write(first({ writerEpoch: 10n }));
		for (let version = 2n; version <= 5n; version++) {
			await peer.manifests.write(first({ version, writerEpoch: 10n * version }));
		}
		const reader = log.peer().manifests;
		expect((await reader.latest())?.version).toBe(5n);
		expect(await reader.listVersions()).toEqual([1n, 2n, 3n, 4n, 5n]);
		expect((await reader.readVersion(2n))?.writerEpoch).toBe(20n);
	});

	test("foreign files in the folder are no versions", async () => {
		await peer.manifests.write(first());
		for (const name of [
			"1.binpb",
			`${"1".repeat(64)}.binpb.tmp`,
			`${"2".repeat(64)}.binpb`,
			`${"0".repeat(64)}.binpb`,
		]) {
			await log.store.putIfAbsent(`${manifestPrefix(SHARD)}${name}`, new Uint8Array([1]));
		}
		expect(await peer.manifests.listVersions()).toEqual([1n]);
	});

	test("a reader sees a peer's commit at once, since it caches nothing it only read", async () => {
		const { epoch } = await peer.manifests.claimEpoch();
		const reader = log.peer();
		expect((await reader.manifests.latest())?.currentGeneration).toBe(1n);
		await peer.manifests.commitUpdate(epoch, (current) => successorOf(current, { currentGeneration: 5n }));
		expect((await reader.manifests.latest())?.currentGeneration).toBe(5n);
	});

	test("only refreshLatest lets later calls of latest answer without the store", async () => {
		await peer.manifests.claimEpoch();
		const reader = log.peer();
		await reader.manifests.latest();
		await reader.manifests.refreshLatest();
		const requests = reader.store.requests.length;
		expect((await reader.manifests.latest())?.version).toBe(1n);
		expect(reader.store.requests.length).toBe(requests);
		// Its next question of the store begins where it left off, without hint or GET.
		await reader.manifests.refreshLatest();
		expect(reader.store.operations.slice(requests)).toEqual(["head"]);
	});

	test("a peer is seen through a warm cache", async () => {
		const { epoch } = await peer.manifests.claimEpoch();
		await peer.manifests.checkFenced(epoch);
		await log.peer().manifests.claimEpoch();
		await expect(peer.manifests.checkFenced(epoch)).rejects.toMatchObject({
			code: "WAL_FENCED",
			message: expect.stringContaining("Writer fenced"),
			details: { shard: SHARD, epoch: 1n, fencedBy: 2n },
		});
	});

	test("a failed HEAD is not read as the end of the sequence: nobody passes for not fenced", async () => {
		const { epoch } = await peer.manifests.claimEpoch();
		const reader = log.peer();
		await peer.manifests.commitUpdate(epoch, lastSeen(1n));
		await log.peer().manifests.claimEpoch();
		await log.store.put(versionHintKey(SHARD), new TextEncoder().encode('{"version":2}'));
		reader.store.decide = ({ operation, key }) =>
			operation === "head" && key === manifestKey(SHARD, 3n) ? lost : undefined;
		await expect(reader.manifests.refreshLatest()).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
		await expect(reader.manifests.checkFenced(epoch)).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
		reader.store.decide = undefined;
		expect((await reader.manifests.refreshLatest())?.version).toBe(3n);
		await expect(reader.manifests.checkFenced(epoch)).rejects.toMatchObject({ code: "WAL_FENCED" });
	});

	test("nothing that reads writes", async () => {
		await peer.manifests.claimEpoch();
		const reader = log.peer();
		await reader.manifests.latest();
		await reader.manifests.refreshLatest();
		await reader.manifests.checkFenced(1n);
		await reader.manifests.readVersion(1n);
		await reader.manifests.listVersions();
		expect(new Set(reader.store.operations)).toEqual(new Set(["get", "head", "list"]));
	});

	test("a manifest that is there and then is not is an error, not an absence", async () => {
		await peer.manifests.write(first());
		const reader = log.peer();
		reader.store.script(
			"get",
			async ({ proceed }) => proceed(),
			async () => undefined as never,
		);
		await expect(reader.manifests.latest()).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
	});
});

describe("a damaged manifest", () => {
	test.each([
		["is empty", new Uint8Array()],
		["is garbage", new Uint8Array([0xff, 0xff, 0xff])],
		["is cut short", encodeManifest(first({ writerEpoch: 3n })).slice(0, -3)],
		["says that it is another version", encodeManifest(first({ version: 2n }))],
		["says that it is another shard's", encodeManifest(first({ shardId: OTHER_SHARD }))],
	])("that %s is corrupt, by name, and is not claimed over", async (_what, bytes) => {
		const key = manifestKey(SHARD, 1n);
		await log.store.putIfAbsent(key, bytes);
		const corrupt = { code: "WAL_CORRUPT", details: { key } };
		expect(await log.failure(peer.manifests.latest())).toMatchObject(corrupt);
		expect(await log.failure(peer.manifests.checkFenced(1n))).toMatchObject(corrupt);
		expect(await log.failure(peer.manifests.claimEpoch())).toMatchObject({ ...corrupt, outcome: "not-written" });
		expect(await log.failure(peer.manifests.initialize())).toMatchObject(corrupt);
		expect(peer.store.count("putIfAbsent")).toBe(0);
	});

	test("that arrives cut short is no damage: the answer is", async () => {
		await peer.manifests.write(first());
		const reader = log.peer();
		reader.store.script(
			"get",
			async ({ proceed }) => proceed(),
			async ({ proceed }) => {
				const whole = (await proceed()) as { bytes: Uint8Array };
				return { ...whole, bytes: whole.bytes.slice(1) } as never;
			},
		);
		await expect(reader.manifests.latest()).rejects.toMatchObject({ code: "WAL_UNAVAILABLE" });
	});
});

describe("write", () => {
	test("creates a version once: the second attempt is a conflict, and makes it forget what it knew", async () => {
		await peer.manifests.write(first({ currentGeneration: 4n }));
		await expect(peer.manifests.write(first())).rejects.toMatchObject({ code: "WAL_CONFLICT", outcome: "not-written" });
		const requests = peer.store.requests.length;
		expect((await peer.manifests.latest())?.currentGeneration).toBe(4n);
		expect(peer.store.requests.length).toBeGreaterThan(requests);
	});

	test("is served from memory afterwards, as it is stored", async () => {
		await peer.manifests.write(first());
		await peer.manifests.write(first({ version: 2n, currentGeneration: 9n }));
		const requests = peer.store.requests.length;
		const cached = await peer.manifests.latest();
		expect(peer.store.requests.length).toBe(requests);
		expect(cached).toEqual(await log.stored());
	});

	test("never lets what is known go back to an older version", async () => {
		await peer.manifests.write(first());
		peer.store.script("putIfAbsent", async ({ proceed }) => {
			const lateAnswer = await proceed();
			await log.peer().manifests.write(first({ version: 3n }));
			await peer.manifests.refreshLatest();
			return lateAnswer;
		});
		await peer.manifests.write(first({ version: 2n }));
		expect((await peer.manifests.latest())?.version).toBe(3n);
	});

	test("makes no second attempt, and forgets what it knew when the outcome is unknown", async () => {
		await peer.manifests.write(first());
		peer.store.script("putIfAbsent", replyLost);
		const failure = await log.failure(peer.manifests.write(first({ version: 2n })));
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "unknown" });
		expect(peer.store.count("putIfAbsent")).toBe(2);
		expect((await peer.manifests.latest())?.version).toBe(2n);
	});

	test("refuses to leave a gap, which would hide the version now and take it for the latest later", async () => {
		await peer.manifests.write(first());
		const failure = await log.failure(peer.manifests.write(first({ version: 3n })));
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(await peer.manifests.listVersions()).toEqual([1n]);
	});

	test("refuses the manifest of another shard, which would brick this one", async () => {
		const failure = await log.failure(peer.manifests.write(first({ shardId: OTHER_SHARD })));
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(peer.store.count("putIfAbsent")).toBe(0);
	});
});

describe("the hint", () => {
	test("names each version after it was created", async () => {
		await peer.manifests.write(first());
		await peer.manifests.write(first({ version: 2n }));
		const hint = await log.store.get(versionHintKey(SHARD));
		expect(hint && decodeVersionHint(hint.bytes)).toBe(2n);
		expect(peer.store.operations).toEqual(["putIfAbsent", "put", "putIfAbsent", "put"]);
	});

	test("that cannot be written harms nothing, and is told to whoever observes", async () => {
		peer.store.decide = ({ operation }) => (operation === "put" ? denied : undefined);
		const { epoch } = await peer.manifests.claimEpoch();
		await peer.manifests.commitUpdate(epoch, lastSeen(4n));
		expect((await log.stored())?.lastSeenEntryPosition).toBe(4n);
		expect(peer.events.filter(({ type }) => type === "manifest.hint-failed")).toMatchObject([
			{ shard: SHARD, error: { code: "WAL_DENIED" } },
			{ shard: SHARD, error: { code: "WAL_DENIED" } },
		]);
	});
});

describe("initialize", () => {
	const wanted = { shardSpecId: 3, fieldEntries: new Map([["user_bucket", i32(7)]]) };

	test("writes version 1 with epoch 0", async () => {
		const manifest = await peer.manifests.initialize(wanted);
		expect(manifest).toMatchObject({ version: 1n, writerEpoch: 0n, currentGeneration: 1n, shardSpecId: 3 });
		expect(manifest.shardFieldEntries).toEqual(new Map([["user_bucket", i32(7)]]));
		expect(await log.stored()).toEqual(manifest);
	});

	test("twice is once, also after commits: the manifest is returned whatever its version", async () => {
		await peer.manifests.initialize(wanted);
		const { epoch } = await peer.manifests.claimEpoch();
		await peer.manifests.commitUpdate(epoch, lastSeen(2n));
		expect(await log.peer().manifests.initialize(wanted)).toMatchObject({ version: 3n, lastSeenEntryPosition: 2n });
	});

	test.each([
		["another spec", { ...wanted, shardSpecId: 4 }],
		["another value", { ...wanted, fieldEntries: new Map([["user_bucket", i32(8)]]) }],
		["another field", { ...wanted, fieldEntries: new Map([["bucket", i32(7)]]) }],
		["one field more", { ...wanted, fieldEntries: new Map([...wanted.fieldEntries, ["day", i32(1)]]) }],
		["no field", { shardSpecId: 3 }],
	])("with %s is refused, and nothing is written", async (_what, others) => {
		await peer.manifests.initialize(wanted);
		const failure = await log.failure(log.peer().manifests.initialize(others));
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(await peer.manifests.listVersions()).toEqual([1n]);
	});

	test("keeps the name that the shard was asked for by", async () => {
		const manifest = await log.peer("bucket-3").manifests.initialize();
		expect(shardName(manifest)).toBe("bucket-3");
	});

	test("takes a shard that another engine made without a name for the same shard", async () => {
		const { shardId } = resolveShard("bucket-3");
		await log.peer(shardId).manifests.initialize();
		expect(await log.peer("bucket-3").manifests.initialize()).toMatchObject({ version: 1n, shardId });
	});

	test("finds by its UUID the shard that was made by its name", async () => {
		const { shardId } = await log.peer("bucket-3").manifests.initialize();
		expect(await log.peer(shardId).manifests.initialize()).toMatchObject({ version: 1n, shardId });
	});

	test("of two at once succeeds for both", async () => {
		const other = log.peer();
		const gate = new Gate();
		for (const { store } of [peer, other]) store.script("putIfAbsent", gate.fate);
		const both = Promise.all([peer.manifests.initialize(wanted), other.manifests.initialize(wanted)]);
		// Whoever looks after the other's write writes nothing: here both have looked before.
		await log.clock.advance(0);
		gate.open();
		const [mine, theirs] = await log.run(both);
		expect(mine).toEqual(theirs);
		expect(peer.store.count("putIfAbsent") + other.store.count("putIfAbsent")).toBe(2);
	});

	test("of two at once with other wishes fails for one", async () => {
		const other = log.peer();
		const both = Promise.allSettled([peer.manifests.initialize(wanted), other.manifests.initialize()]);
		const outcomes = (await log.run(both)).map(({ status }) => status).sort();
		expect(outcomes).toEqual(["fulfilled", "rejected"]);
	});

	test.each([
		["a lost reply", "putIfAbsent", replyLost],
		["a lost request", "putIfAbsent", lost],
		["a refused request", "putIfAbsent", refused],
		["a failed look", "head", lost],
	] as const)("gets over %s", async (_what, operation, fate) => {
		peer.store.script(operation, fate);
		expect(await log.run(peer.manifests.initialize(wanted))).toMatchObject({ version: 1n });
		expect(await peer.manifests.listVersions()).toEqual([1n]);
	});

	test.each([
		["refused", refused, "not-written"],
		["in doubt", lost, "unknown"],
	] as const)("ends at its deadline as %s says", async (_what, fate, outcome) => {
		peer.store.decide = ({ operation }) => (operation === "putIfAbsent" ? fate : undefined);
		const failure = await log.failure(peer.manifests.initialize());
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome });
	});

	test("ends at its deadline where version 1 exists and never shows", async () => {
		peer.store.decide = ({ operation }) => (operation === "putIfAbsent" ? async () => "exists" as never : undefined);
		const failure = await log.failure(peer.manifests.initialize());
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
	});

	test("ends at once with an error that cannot pass, as unknown after a doubt", async () => {
		peer.store.script("putIfAbsent", lost, denied);
		expect(await log.failure(peer.manifests.initialize())).toMatchObject({ code: "WAL_DENIED", outcome: "unknown" });
	});
});

describe("a store that may show what is not on disk yet", () => {
	test("is synced once before something is built on a version of another process, and not for one's own", async () => {
		await log.peer().manifests.initialize();
		const opener = log.peer(SHARD, { canSync: true });
		const { epoch } = await opener.manifests.claimEpoch();
		const claim = opener.store.operations;
		expect(claim.indexOf("sync")).toBe(claim.indexOf("putIfAbsent") - 1);
		expect(opener.store.requests).toContain(`sync ${manifestPrefix(SHARD)}`);
		await opener.manifests.commitUpdate(epoch, lastSeen(1n));
		await opener.manifests.commitUpdate(epoch, nextGeneration);
		expect(opener.store.count("sync")).toBe(1);
	});

	test("is synced again where another process has written since", async () => {
		const opener = log.peer(SHARD, { canSync: true });
		const { epoch } = await opener.manifests.claimEpoch();
		await log.peer().manifests.commitUpdate(epoch, lastSeen(1n));
		expect(opener.store.count("sync")).toBe(0);
		await opener.manifests.commitUpdate(epoch, nextGeneration);
		expect(opener.store.count("sync")).toBe(1);
	});

	test("is not synced for a shard that is new, nor by whoever only reads", async () => {
		const opener = log.peer(SHARD, { canSync: true });
		await opener.manifests.claimEpoch();
		const reader = log.peer(SHARD, { canSync: true });
		await reader.manifests.refreshLatest();
		await reader.manifests.checkFenced(1n);
		expect([opener.store.count("sync"), reader.store.count("sync")]).toEqual([0, 0]);
	});

	test("is synced before a shard that was found counts as initialized", async () => {
		const opener = log.peer(SHARD, { canSync: true });
		opener.store.script("putIfAbsent", replyLost).script("sync", lost);
		await log.run(opener.manifests.initialize());
		expect(opener.store.count("sync")).toBe(2);
	});

	test("gets no claim while it cannot be synced: nothing is sent, no epoch is spent, and it is certain", async () => {
		await log.peer().manifests.initialize();
		const opener = log.peer(SHARD, { canSync: true });
		opener.store.decide = ({ operation }) => (operation === "sync" ? lost : undefined);
		const failure = await log.failure(opener.manifests.claimEpoch());
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
		expect(opener.store.count("putIfAbsent")).toBe(0);
		expect(opener.events.filter(({ type }) => type === "epoch.abandoned")).toEqual([]);
		opener.store.decide = undefined;
		expect((await opener.manifests.claimEpoch()).epoch).toBe(1n);
	});
});
