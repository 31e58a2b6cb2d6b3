import { WalError } from "@memwal/wal-runtime";
import { beforeEach, describe, expect, test } from "vitest";
import {
	answered,
	denied,
	type Fate,
	failing,
	Gate,
	Ghosts,
	lost,
	refused,
	replyLost,
	silent,
} from "../../wal-store/test/scripted-store.ts";
import { DEFAULTS } from "../src/defaults.ts";
import { encodeManifest, shardName } from "../src/shard-manifest.ts";
import { manifestKey, versionHintKey } from "../src/shard-paths.ts";
import { successorOf } from "../src/successor.ts";
import { encodeVersionHint } from "../src/version-hint.ts";
import { first, lastSeen, ManifestLog, nextGeneration, type Peer, SHARD } from "./manifest-log.ts";

let log: ManifestLog;
let peer: Peer;
let rival: Peer;

beforeEach(() => {
	log = new ManifestLog();
	peer = log.peer();
	rival = log.peer();
});

const claim = (of: Peer = peer) => log.run(of.manifests.claimEpoch());
const alwaysOnPut = (of: Peer, fate: Fate) => {
	of.store.decide = ({ operation }) => (operation === "putIfAbsent" ? fate : undefined);
};
const epochsInStore = async () => (await log.history()).map(({ writerEpoch }) => writerEpoch);

describe("a claim", () => {
	test("of a shard that does not exist creates it with epoch 1", async () => {
		const { epoch, manifest } = await log.run(peer.manifests.claimEpoch({ shardSpecId: 3 }));
		expect(epoch).toBe(1n);
		expect(manifest).toEqual(first({ writerEpoch: 1n, shardSpecId: 3 }));
		expect(await log.stored()).toEqual(manifest);
	});

	test("of a named shard that does not exist leaves the name in version 1", async () => {
		const { manifest } = await claim(log.peer("flights"));
		expect(shardName(manifest)).toBe("flights");
	});

	test("of a shard that was initialized takes epoch 1 as version 2, and keeps its spec", async () => {
		await peer.manifests.initialize({ shardSpecId: 3 });
		const { epoch, manifest } = await claim();
		expect([epoch, manifest.version, manifest.shardSpecId]).toEqual([1n, 2n, 3]);
	});

	test("after a cursor update takes the next epoch and version, and keeps everything else", async () => {
		const { epoch } = await claim();
		const committed = await peer.manifests.commitUpdate(epoch, (current) =>
			successorOf(current, {
				lastSeenEntryPosition: 42n,
				sstables: [{ generation: 1n, path: "x_gen_1" }],
				shardFieldEntries: new Map([["day", new Uint8Array([1])]]),
			}),
		);
		const next = await claim(rival);
		expect(next.manifest).toEqual({ ...committed, version: 3n, writerEpoch: 2n });
	});

	test("reads the store, whatever is cached: an older writer never claims below a newer one", async () => {
		await claim();
		await claim(rival);
		expect((await claim()).epoch).toBe(3n);
	});

	test("is one attempt a version", async () => {
		await claim();
		expect(peer.store.count("putIfAbsent")).toBe(1);
	});

	test("can be used once: an epoch has one appender", async () => {
		const epochClaim = await claim();
		epochClaim.consume();
		expect(() => epochClaim.consume()).toThrow(expect.objectContaining({ code: "WAL_INTERNAL" }));
	});

	test("is told to whoever observes", async () => {
		await claim();
		expect(peer.events).toEqual([
			{ type: "manifest.committed", shard: SHARD, version: 1n, epoch: 1n },
			{ type: "epoch.claimed", shard: SHARD, epoch: 1n },
		]);
	});
});

describe("a sealed shard", () => {
	test("is refused before anything is written, no epoch is spent, and it can be claimed when the seal is gone", async () => {
		const { epoch } = await claim();
		await peer.manifests.commitUpdate(epoch, (current) => successorOf(current, { status: "sealed" }));
		expect(await log.failure(rival.manifests.claimEpoch())).toMatchObject({
			code: "WAL_SEALED",
			outcome: "not-written",
			message: expect.stringContaining("sealed"),
		});
		expect(rival.store.count("putIfAbsent")).toBe(0);
		await peer.manifests.commitUpdate(epoch, (current) => successorOf(current, { status: "active" }));
		expect((await claim(rival)).epoch).toBe(2n);
	});
});

describe("two openers at once", () => {
	test("cannot both have an epoch: the loser is fenced, and tries no other", async () => {
		const gate = new Gate();
		peer.store.script("putIfAbsent", gate.fate);
		const slow = peer.manifests.claimEpoch();
		await log.clock.advance(0);
		expect((await claim(rival)).epoch).toBe(1n);
		gate.open();
		expect(await log.failure(slow)).toMatchObject({
			code: "WAL_FENCED",
			outcome: "not-written",
			details: { epoch: 1n, fencedBy: 1n },
		});
		expect(await epochsInStore()).toEqual([1n]);
	});

	test.each([2, 3, 8])("or %d: one wins each version, every other one is fenced", async (openers) => {
		const peers = Array.from({ length: openers }, () => log.peer());
		const gate = new Gate();
		for (const { store } of peers) store.script("putIfAbsent", gate.fate);
		const claiming = Promise.allSettled(peers.map(({ manifests }) => manifests.claimEpoch()));
		// Whoever looks after another's claim may have the next epoch: here all have looked before.
		await log.clock.advance(0);
		expect(gate.waiting).toBe(openers);
		gate.open();
		const claims = await log.run(claiming);
		const won = claims.flatMap((claimed) => (claimed.status === "fulfilled" ? [claimed.value.epoch] : []));
		const reasons = claims.flatMap((claimed) => (claimed.status === "rejected" ? [claimed.reason.code] : []));
		expect(won).toEqual([1n]);
		expect(new Set(reasons)).toEqual(new Set(["WAL_FENCED"]));
	});

	test("whose claims have the same bytes are not both told that they won, though one's reply was lost", async () => {
		peer.store.script("putIfAbsent", async (request) => {
			await rival.manifests.claimEpoch();
			return lost(request);
		});
		expect((await claim()).epoch).toBe(2n);
		expect(await epochsInStore()).toEqual([1n, 2n]);
	});
});

describe("a version that is taken", () => {
	test("by a mere commit is followed by the next, for the same epoch", async () => {
		const { epoch } = await claim(rival);
		peer.store.script("putIfAbsent", async ({ proceed }) => {
			await rival.manifests.commitUpdate(epoch, lastSeen(7n));
			return proceed();
		});
		const { epoch: claimed, manifest } = await claim();
		expect([claimed, manifest.version, manifest.lastSeenEntryPosition]).toEqual([2n, 3n, 7n]);
	});

	test("by initialize is followed by the next", async () => {
		peer.store.script("putIfAbsent", async ({ proceed }) => {
			await rival.manifests.initialize();
			return proceed();
		});
		expect((await claim()).manifest).toMatchObject({ version: 2n, writerEpoch: 1n });
	});

	test("again and again ends as a conflict", async () => {
		const { epoch } = await claim(rival);
		alwaysOnPut(peer, async ({ proceed }) => {
			await rival.manifests.commitUpdate(epoch, nextGeneration);
			return proceed();
		});
		expect(await log.failure(peer.manifests.claimEpoch())).toMatchObject({
			code: "WAL_CONFLICT",
			outcome: "not-written",
		});
		expect(peer.store.count("putIfAbsent")).toBe(DEFAULTS.claimConflicts);
	});
});

describe("a claim in doubt", () => {
	test.each([
		["its reply was lost", replyLost, [1n, 2n]],
		["its request was lost", lost, [2n]],
	] as const)("is abandoned for a higher epoch, where %s", async (_what, fate, epochs) => {
		peer.store.script("putIfAbsent", fate);
		expect((await claim()).epoch).toBe(2n);
		expect(await epochsInStore()).toEqual(epochs);
		expect(peer.events).toContainEqual({ type: "epoch.abandoned", shard: SHARD, epoch: 1n });
	});

	test("does not fence its own opener by landing late", async () => {
		const ghosts = new Ghosts();
		peer.store.script("putIfAbsent", ghosts.fate, async ({ proceed }) => {
			await ghosts.land();
			return proceed();
		});
		const { epoch, manifest } = await claim();
		expect([epoch, manifest.version]).toEqual([3n, 2n]);
		await expect(peer.manifests.checkFenced(epoch)).resolves.toBeUndefined();
		expect(await epochsInStore()).toEqual([1n, 3n]);
	});

	test("cannot land once its opener has another: the version is taken", async () => {
		const ghosts = new Ghosts();
		peer.store.script("putIfAbsent", ghosts.fate);
		const { epoch } = await claim();
		expect(await ghosts.land()).toBe("exists");
		await expect(peer.manifests.checkFenced(epoch)).resolves.toBeUndefined();
	});

	test("may be followed by refusals, which are repeated and not counted as doubt", async () => {
		peer.store.script("putIfAbsent", lost, ...Array<Fate>(DEFAULTS.claimsInDoubt + 2).fill(refused));
		expect((await claim()).epoch).toBe(2n);
		expect(peer.events.filter(({ type }) => type === "epoch.abandoned").length).toBe(1);
	});

	test("is followed by eight higher ones and no more", async () => {
		alwaysOnPut(peer, replyLost);
		expect(await log.failure(peer.manifests.claimEpoch())).toMatchObject({
			code: "WAL_UNAVAILABLE",
			outcome: "unknown",
			cause: { code: "WAL_UNAVAILABLE", outcome: "unknown" },
		});
		expect(peer.store.count("putIfAbsent")).toBe(1 + DEFAULTS.claimsInDoubt);
		expect(await epochsInStore()).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
	});

	test("succeeds with the eighth higher one", async () => {
		peer.store.script("putIfAbsent", ...Array<Fate>(DEFAULTS.claimsInDoubt).fill(lost));
		expect((await claim()).epoch).toBe(9n);
	});

	test("that meets a rival's version is a doubt, not a lost race: it may be our own that was there first", async () => {
		peer.store.script("putIfAbsent", lost, async ({ proceed }) => {
			await rival.manifests.claimEpoch();
			return proceed();
		});
		const { epoch } = await claim();
		expect(epoch).toBe(3n);
		await expect(rival.manifests.checkFenced(1n)).rejects.toMatchObject({ code: "WAL_FENCED" });
	});

	test("is what a folder leaves that refuses its fsync after the naming, whatever the reason", async () => {
		const unsynced = new WalError("WAL_DENIED", "fsync: EACCES", {
			outcome: "unknown",
			details: { reason: "permission" },
		});
		peer.store.script("putIfAbsent", failing(unsynced));
		expect((await claim()).epoch).toBe(2n);
	});

	test.each([
		["a refusal for good", denied, "WAL_DENIED"],
		["a seal", answered, "WAL_SEALED"],
	] as const)("that is ended by %s is told as unknown", async (_what, fate, code) => {
		const { epoch } = await claim(rival);
		peer.store.script(
			"putIfAbsent",
			async (request) => {
				if (fate === answered) {
					await rival.manifests.commitUpdate(epoch, (current) => successorOf(current, { status: "sealed" }));
				}
				return lost(request);
			},
			fate,
		);
		expect(await log.failure(peer.manifests.claimEpoch())).toMatchObject({ code, outcome: "unknown" });
	});

	test("that is followed by an outage of reads is told as unknown", async () => {
		peer.store.script("putIfAbsent", async (request) => {
			peer.store.decide = ({ operation }) => (operation === "head" ? lost : undefined);
			return lost(request);
		});
		const failure = await log.failure(peer.manifests.claimEpoch());
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "unknown" });
	});
});

describe("an outage", () => {
	test("that passes is waited for", async () => {
		peer.store.script("get", lost).script("head", lost, lost).script("putIfAbsent", refused, refused);
		expect((await claim()).epoch).toBe(1n);
		expect(log.clock.pendingTimers).toBe(0);
	});

	test.each([
		["reads", "head", lost],
		["writes", "putIfAbsent", refused],
	] as const)("of %s that does not pass ends at the deadline as not-written", async (_what, operation, fate) => {
		peer.store.decide = (request) => (request.operation === operation ? fate : undefined);
		const failure = await log.failure(peer.manifests.claimEpoch());
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "not-written" });
		expect(log.clock.monotonicMs()).toBe(DEFAULTS.persistDeadlineMs);
	});

	test("that cannot pass ends at once", async () => {
		alwaysOnPut(peer, denied);
		expect(await log.failure(peer.manifests.claimEpoch())).toMatchObject({
			code: "WAL_DENIED",
			outcome: "not-written",
		});
		expect(log.clock.monotonicMs()).toBe(0);
	});
});

describe("the caller's signal", () => {
	test.each([
		["while the claim is under way", silent, "unknown"],
		["in the pause after a claim in doubt", lost, "unknown"],
		["in the pause after a refused claim", refused, "not-written"],
	] as const)("that aborts %s says how far it got", async (_what, fate, outcome) => {
		alwaysOnPut(peer, fate);
		const controller = new AbortController();
		const claiming = peer.manifests.claimEpoch({ signal: controller.signal });
		await log.clock.advance(0);
		controller.abort("enough");
		expect(await log.failure(claiming)).toMatchObject({ code: "WAL_ABORTED", outcome, cause: "enough" });
		expect(log.clock.pendingTimers).toBe(0);
	});
});

describe("the end of the numbers", () => {
	test.each([
		["epoch", { version: 1n, writerEpoch: 2n ** 64n - 1n }],
		["version", { version: 2n ** 64n - 1n, writerEpoch: 1n }],
	])("at the last %s there can be is a typed error", async (_what, changes) => {
		const manifest = first(changes);
		await log.store.putIfAbsent(manifestKey(SHARD, manifest.version), encodeManifest(manifest));
		await log.store.put(versionHintKey(SHARD), encodeVersionHint(manifest.version));
		const failure = await log.failure(peer.manifests.claimEpoch());
		expect(failure).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
	});
});
