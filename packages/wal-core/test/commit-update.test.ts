import { WalError } from "@memwal/wal-runtime";
import { beforeEach, describe, expect, test } from "vitest";
import {
	denied,
	type Fate,
	failing,
	Gate,
	Ghosts,
	lost,
	refused,
	replyLost,
} from "../../wal-store/test/scripted-store.ts";
import { DEFAULTS } from "../src/defaults.ts";
import type { ShardManifest } from "../src/shard-manifest.ts";
import { manifestKey } from "../src/shard-paths.ts";
import { checkedSuccessor, successorOf } from "../src/successor.ts";
import { first, lastSeen, ManifestLog, nextGeneration, type Peer, SHARD } from "./manifest-log.ts";

let log: ManifestLog;
let peer: Peer;
let rival: Peer;
let epoch: bigint;

beforeEach(async () => {
	log = new ManifestLog();
	peer = log.peer();
	rival = log.peer();
	({ epoch } = await peer.manifests.claimEpoch());
	peer.store.requests.length = 0;
});

type Change = (current: ShardManifest) => ShardManifest | undefined;
const commit = (change: Change, of: Peer = peer) => log.run(of.manifests.commitUpdate(epoch, change));
const failureOf = (change: Change, of: Peer = peer) => log.failure(of.manifests.commitUpdate(epoch, change));
const always = (operation: string, fate: Fate) => {
	const earlier = peer.store.decide;
	peer.store.decide = (request) => (request.operation === operation ? fate : earlier?.(request));
};

describe("a commit", () => {
	test("creates the next version, and tells what is stored", async () => {
		const committed = await commit(lastSeen(42n));
		expect(committed).toEqual(first({ version: 2n, writerEpoch: 1n, lastSeenEntryPosition: 42n }));
		expect(await log.stored()).toEqual(committed);
		expect(peer.store.operations).toEqual(["putIfAbsent", "put"]);
	});

	test("writes nothing where what it wants is there already", async () => {
		await commit(lastSeen(42n));
		expect((await commit(lastSeen(41n))).version).toBe(2n);
		expect(peer.store.count("putIfAbsent")).toBe(1);
	});

	test("on a stale cache is made anew on what a peer has committed: both changes are there", async () => {
		await commit((current) => successorOf(current, { currentGeneration: 7n }), rival);
		expect(await commit(lastSeen(42n))).toMatchObject({
			version: 3n,
			currentGeneration: 7n,
			lastSeenEntryPosition: 42n,
		});
	});

	test("knows a claim that was made elsewhere after it last looked", async () => {
		await rival.manifests.refreshLatest();
		const { epoch: later } = await peer.manifests.claimEpoch();
		await log.run(rival.manifests.commitUpdate(later, lastSeen(5n)));
		expect(await log.stored()).toMatchObject({ version: 3n, writerEpoch: 2n, lastSeenEntryPosition: 5n });
	});

	test("passes on what the change throws, and writes nothing", async () => {
		const thrown = new Error("no");
		const change = () => {
			throw thrown;
		};
		expect(await failureOf(change)).toBe(thrown);
		expect(peer.store.count("putIfAbsent")).toBe(0);
		expect((await commit(lastSeen(1n))).version).toBe(2n);
	});
});

describe("commits at the same time", () => {
	test("on one handle all land, one after the other", async () => {
		const commits = Array.from({ length: 8 }, () => peer.manifests.commitUpdate(epoch, nextGeneration));
		const committed = await log.run(Promise.all(commits));
		expect(committed.map(({ version }) => version)).toEqual([2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
		expect(await log.stored()).toMatchObject({ version: 9n, currentGeneration: 9n });
		expect(peer.store.count("get")).toBe(0);
	});

	test("on two handles both land, though both make the same bytes", async () => {
		const gate = new Gate();
		peer.store.script("putIfAbsent", gate.fate);
		const slow = peer.manifests.commitUpdate(epoch, nextGeneration);
		await log.clock.advance(0);
		await commit(nextGeneration, rival);
		gate.open();
		expect(await log.run(slow)).toMatchObject({ version: 3n, currentGeneration: 3n });
	});

	test("with different cursors keep the higher of each", async () => {
		await commit(
			(current) => successorOf(current, { replayAfterEntryPosition: 10n, lastSeenEntryPosition: 30n }),
			rival,
		);
		const behind = (current: ShardManifest) =>
			successorOf(current, { replayAfterEntryPosition: 20n, lastSeenEntryPosition: 25n });
		expect(await commit(behind)).toMatchObject({ replayAfterEntryPosition: 20n, lastSeenEntryPosition: 30n });
	});

	test("that are still queued leave at their signal, and the others go on", async () => {
		const gate = new Gate();
		peer.store.script("putIfAbsent", gate.fate);
		const running = peer.manifests.commitUpdate(epoch, nextGeneration);
		const controller = new AbortController();
		const queued = peer.manifests.commitUpdate(epoch, nextGeneration, { signal: controller.signal });
		controller.abort("enough");
		expect(await log.failure(queued)).toMatchObject({ code: "WAL_ABORTED", outcome: "not-written" });
		gate.open();
		expect(await log.run(running)).toMatchObject({ currentGeneration: 2n });
		expect(await commit(nextGeneration)).toMatchObject({ currentGeneration: 3n });
	});

	test("that fail do not hold up the next", async () => {
		peer.store.script("putIfAbsent", denied);
		const [failed, next] = [
			peer.manifests.commitUpdate(epoch, nextGeneration),
			peer.manifests.commitUpdate(epoch, lastSeen(3n)),
		];
		expect(await log.failure(failed)).toMatchObject({ code: "WAL_DENIED", outcome: "not-written" });
		expect(await log.run(next)).toMatchObject({ version: 2n, lastSeenEntryPosition: 3n });
	});
});

describe("the successor", () => {
	test.each([
		["that skips a version", (current: ShardManifest) => ({ ...current, version: current.version + 2n })],
		["that is the same version", (current: ShardManifest) => current],
		["of another epoch", (current: ShardManifest) => successorOf(current, { writerEpoch: 2n })],
	])("%s is refused, and the next commit goes through", async (_what, change) => {
		expect(await failureOf(change)).toMatchObject({
			code: "WAL_INTERNAL",
			outcome: "not-written",
			message: expect.stringContaining("is not the successor of"),
		});
		expect(await log.stored()).toMatchObject({ version: 1n });
		expect((await commit(lastSeen(1n))).version).toBe(2n);
	});

	test("of another shard is refused", async () => {
		const change = (current: ShardManifest) => ({
			...successorOf(current, {}),
			shardId: "550e8400-e29b-41d4-a716-446655440001",
		});
		expect(await failureOf(change)).toMatchObject({ code: "WAL_INVALID", outcome: "not-written" });
		expect(peer.store.count("putIfAbsent")).toBe(0);
	});

	test("never moves a cursor back, nor leaves last seen below replay after", () => {
		const current = first({ replayAfterEntryPosition: 10n, lastSeenEntryPosition: 12n });
		const merged = (changes: Partial<ShardManifest>) => {
			const { replayAfterEntryPosition, lastSeenEntryPosition } = checkedSuccessor(
				current,
				successorOf(current, changes),
			);
			return [replayAfterEntryPosition, lastSeenEntryPosition];
		};
		expect(merged({})).toEqual([10n, 12n]);
		expect(merged({ replayAfterEntryPosition: 5n, lastSeenEntryPosition: 5n })).toEqual([10n, 12n]);
		expect(merged({ replayAfterEntryPosition: 20n })).toEqual([20n, 20n]);
		expect(merged({ lastSeenEntryPosition: 15n })).toEqual([10n, 15n]);
	});
});

describe("an epoch", () => {
	test("that a higher one has followed is fenced: nothing is written, not even a hint for readers", async () => {
		await rival.manifests.claimEpoch();
		expect(await failureOf(lastSeen(9n))).toMatchObject({
			code: "WAL_FENCED",
			outcome: "not-written",
			details: { epoch: 1n, fencedBy: 2n },
		});
		expect(await log.stored()).toMatchObject({ version: 2n, writerEpoch: 2n, lastSeenEntryPosition: 0n });
	});

	test("that a higher one follows while its commit is in doubt is fenced with the outcome unknown", async () => {
		peer.store.script("putIfAbsent", async (request) => {
			await rival.manifests.claimEpoch();
			return lost(request);
		});
		expect(await failureOf(lastSeen(9n))).toMatchObject({ code: "WAL_FENCED", outcome: "unknown" });
	});

	test("that was never claimed is a bug, and told as one", async () => {
		const failure = await log.failure(peer.manifests.commitUpdate(2n, lastSeen(1n)));
		expect(failure).toMatchObject({ code: "WAL_INTERNAL", outcome: "not-written" });
	});

	test("of a shard without manifest is not found", async () => {
		const nowhere = log.peer("nowhere");
		const failure = await log.failure(nowhere.manifests.commitUpdate(1n, lastSeen(1n)));
		expect(failure).toMatchObject({ code: "WAL_NOT_FOUND", outcome: "not-written" });
		expect(nowhere.store.count("putIfAbsent")).toBe(0);
	});
});

describe("doubt", () => {
	test.each([
		["a lost reply", [replyLost]],
		["a lost request", [lost]],
		["lost replies in a row", [replyLost, replyLost, replyLost]],
		["a lost request, then a lost reply", [lost, replyLost]],
	])("after %s is settled by what is stored, and what is added is added once", async (_what, fates) => {
		peer.store.script("putIfAbsent", ...fates);
		expect(await commit(nextGeneration)).toMatchObject({ version: 2n, currentGeneration: 2n });
		expect(await log.stored()).toMatchObject({ version: 2n, currentGeneration: 2n });
	});

	test("ends well when a ghost lands during the next attempt, even of a change that never makes the same bytes twice", async () => {
		const ghosts = new Ghosts();
		let calls = 0;
		const change = (current: ShardManifest) =>
			successorOf(current, { sstables: [...current.sstables, { generation: 1n, path: `attempt-${++calls}` }] });
		peer.store.script("putIfAbsent", ghosts.fate, async ({ proceed }) => {
			await ghosts.land();
			return proceed();
		});
		expect(await commit(change)).toMatchObject({ version: 2n, sstables: [{ path: "attempt-1" }] });
		expect(await log.stored()).toMatchObject({ version: 2n });
	});

	test("about a version that another commit got is over: the change is made anew", async () => {
		const ghosts = new Ghosts();
		peer.store.script("putIfAbsent", async (request) => {
			const answer = ghosts.fate(request).catch((error: unknown) => error);
			await rival.manifests.commitUpdate(epoch, lastSeen(5n));
			throw await answer;
		});
		expect(await commit(nextGeneration)).toMatchObject({
			version: 3n,
			currentGeneration: 2n,
			lastSeenEntryPosition: 5n,
		});
		expect(await ghosts.land()).toBe("exists");
	});

	test("is over by the commit's meaning too: the change that is there by another's hand is not made again", async () => {
		peer.store.script("putIfAbsent", async (request) => {
			await rival.manifests.commitUpdate(epoch, lastSeen(9n));
			return lost(request);
		});
		expect(await commit(lastSeen(7n))).toMatchObject({ version: 2n, lastSeenEntryPosition: 9n });
	});

	test("with a reason that cannot pass is still settled", async () => {
		const unsynced = new WalError("WAL_DENIED", "fsync: EACCES", {
			outcome: "unknown",
			details: { reason: "permission" },
		});
		peer.store.script("putIfAbsent", async ({ proceed }) => {
			await proceed();
			throw unsynced;
		});
		expect(await commit(nextGeneration)).toMatchObject({ version: 2n, currentGeneration: 2n });
	});

	test("counts for nothing where the store answered for the refusal", async () => {
		peer.store.script("putIfAbsent", denied);
		expect(await failureOf(nextGeneration)).toMatchObject({ code: "WAL_DENIED", outcome: "not-written" });
	});

	test.each([
		["a refusal for good", "putIfAbsent", denied, "WAL_DENIED"],
		["an outage of writes", "putIfAbsent", refused, "WAL_TIMEOUT"],
		["an outage of reads", "head", lost, "WAL_UNAVAILABLE"],
	] as const)("that %s ends is told as unknown", async (_what, operation, fate, code) => {
		peer.store.script("putIfAbsent", lost);
		always(operation, fate);
		expect(await failureOf(nextGeneration)).toMatchObject({ code, outcome: "unknown" });
	});

	test("at the last conflict that the budget allows is settled before the budget is held against it", async () => {
		const ghosts = new Ghosts();
		const overtaken: Fate = async ({ proceed }) => {
			await rival.manifests.commitUpdate(epoch, nextGeneration);
			return proceed();
		};
		const haunted: Fate = async ({ proceed }) => {
			await ghosts.land();
			return proceed();
		};
		const conflicts = Array<Fate>(DEFAULTS.commitConflicts - 1).fill(overtaken);
		peer.store.script("putIfAbsent", ...conflicts, ghosts.fate, haunted);
		expect(await commit(lastSeen(3n))).toMatchObject({ lastSeenEntryPosition: 3n });
	});
});

describe("trouble", () => {
	test("that passes is waited for on the clock, and poisons nothing", async () => {
		peer.store.script("putIfAbsent", refused, lost, refused);
		await commit(nextGeneration);
		peer.store.script("putIfAbsent", lost).script("head", lost, lost).script("get", lost);
		expect(await commit(nextGeneration)).toMatchObject({ version: 3n, currentGeneration: 3n });
		expect(log.clock.pendingTimers).toBe(0);
	});

	test("that does not pass ends at the deadline, as not-written where it is certain", async () => {
		always("putIfAbsent", refused);
		expect(await failureOf(nextGeneration)).toMatchObject({
			code: "WAL_TIMEOUT",
			outcome: "not-written",
			cause: { code: "WAL_UNAVAILABLE" },
		});
		expect(log.clock.monotonicMs()).toBe(DEFAULTS.persistDeadlineMs);
		peer.store.decide = undefined;
		expect((await commit(nextGeneration)).version).toBe(2n);
	});

	test("by conflicts without end is a conflict after ten", async () => {
		always("putIfAbsent", async ({ proceed }) => {
			await rival.manifests.commitUpdate(epoch, nextGeneration);
			return proceed();
		});
		expect(await failureOf(lastSeen(3n))).toMatchObject({ code: "WAL_CONFLICT", outcome: "not-written" });
		expect(peer.store.count("putIfAbsent")).toBe(DEFAULTS.commitConflicts);
	});

	test("with a damaged manifest ends at once", async () => {
		await log.store.putIfAbsent(manifestKey(SHARD, 2n), new Uint8Array([0xff]));
		expect(await failureOf(lastSeen(3n))).toMatchObject({ code: "WAL_CORRUPT", outcome: "not-written" });
	});

	test("that is no WalError is passed on as it is", async () => {
		const junk = new Error("socket hang up");
		peer.store.script("putIfAbsent", failing(junk));
		expect(await failureOf(lastSeen(3n))).toBe(junk);
	});

	test("ended by the caller's signal says how far it got", async () => {
		always("putIfAbsent", lost);
		const controller = new AbortController();
		const committing = peer.manifests.commitUpdate(epoch, nextGeneration, { signal: controller.signal });
		await log.clock.advance(0);
		controller.abort("enough");
		expect(await log.failure(committing)).toMatchObject({ code: "WAL_ABORTED", outcome: "unknown", cause: "enough" });
		expect(log.clock.pendingTimers).toBe(0);
	});
});

describe("a store that may show what is not on disk yet", () => {
	beforeEach(() => {
		peer = log.peer(SHARD, { canSync: true });
	});

	test("is synced before a commit found after a doubt counts: the failed fsync may have been its own", async () => {
		await log.run(peer.manifests.refreshLatest());
		peer.store.script("putIfAbsent", replyLost).script("sync", async ({ proceed }) => proceed(), lost);
		expect(await commit(nextGeneration)).toMatchObject({ version: 2n });
		// Before building on version 1, and until it succeeds for version 2.
		expect(peer.store.count("sync")).toBe(3);
	});

	test("is synced before a change counts that was found made", async () => {
		await commit(lastSeen(9n), rival);
		await commit(lastSeen(9n));
		expect(peer.store.operations.at(-1)).toBe("sync");
		await commit(lastSeen(9n));
		expect(peer.store.count("sync")).toBe(1);
	});

	test("leaves a change in doubt whose record cannot be synced", async () => {
		peer.store.script("putIfAbsent", async (request) => {
			always("sync", lost);
			return replyLost(request);
		});
		const failure = await failureOf(nextGeneration);
		expect(failure).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "unknown" });
	});
});
