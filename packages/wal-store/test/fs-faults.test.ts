import { isWalError, type WalError, type WalErrorCode, type WriteOutcome } from "@memwal/wal-runtime";
import { getWhole, type ObjectStore } from "@memwal/wal-store";
import { nodeFileCalls, openFsStore } from "@memwal/wal-store/fs";
import { describe, expect, it } from "vitest";
import { type Failure, RecordedFileCalls } from "./recorded-file-calls.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const body = new TextEncoder().encode("one entry");
const key = "wal/entry";

async function openRecorded(): Promise<{ store: ObjectStore; recorded: RecordedFileCalls }> {
	const root = temporaryFolder();
	// So that both the write and the fsync of a temporary can fail.
	const recorded = new RecordedFileCalls(root, { canWriteThrough: async () => false });
	return { store: await openFsStore(root, { calls: recorded.calls }), recorded };
}

async function errorOf(call: Promise<unknown>): Promise<WalError> {
	const error = await call.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (!isWalError(error)) throw new Error(`expected a WalError, got ${error}`);
	return error;
}

interface Row {
	readonly failure: Failure;
	readonly code: WalErrorCode;
	readonly reason?: string;
	readonly outcome: WriteOutcome | undefined;
}

const writes: Row[] = [
	{
		failure: { call: "makeFolder", errno: "EACCES" },
		code: "WAL_DENIED",
		reason: "permission",
		outcome: "not-written",
	},
	{ failure: { call: "makeFolder", errno: "EROFS" }, code: "WAL_DENIED", reason: "read-only", outcome: "not-written" },
	{ failure: { call: "makeFolder", errno: "ENOSPC" }, code: "WAL_DENIED", reason: "no-space", outcome: "not-written" },
	{
		failure: { call: "openFolder", errno: "EMFILE" },
		code: "WAL_UNAVAILABLE",
		reason: "EMFILE",
		outcome: "not-written",
	},
	{
		failure: { call: "createFile", errno: "EACCES" },
		code: "WAL_DENIED",
		reason: "permission",
		outcome: "not-written",
	},
	{ failure: { call: "createFile", errno: "EROFS" }, code: "WAL_DENIED", reason: "read-only", outcome: "not-written" },
	{ failure: { call: "createFile", errno: "ENOSPC" }, code: "WAL_DENIED", reason: "no-space", outcome: "not-written" },
	{
		failure: { call: "createFile", errno: "EMFILE" },
		code: "WAL_UNAVAILABLE",
		reason: "EMFILE",
		outcome: "not-written",
	},
	{
		failure: { call: "createFile", errno: "ENFILE" },
		code: "WAL_UNAVAILABLE",
		reason: "ENFILE",
		outcome: "not-written",
	},
	{ failure: { call: "write", errno: "ENOSPC" }, code: "WAL_DENIED", reason: "no-space", outcome: "not-written" },
	{ failure: { call: "write", errno: "EDQUOT" }, code: "WAL_DENIED", reason: "no-space", outcome: "not-written" },
	{ failure: { call: "write", errno: "EIO" }, code: "WAL_UNAVAILABLE", reason: "EIO", outcome: "not-written" },
	{ failure: { call: "syncData", errno: "ENOSPC" }, code: "WAL_DENIED", reason: "no-space", outcome: "not-written" },
	{ failure: { call: "syncData", errno: "EIO" }, code: "WAL_UNAVAILABLE", reason: "EIO", outcome: "not-written" },
	{ failure: { call: "link", errno: "EACCES" }, code: "WAL_DENIED", reason: "permission", outcome: "not-written" },
	{ failure: { call: "link", errno: "EROFS" }, code: "WAL_DENIED", reason: "read-only", outcome: "not-written" },
	{ failure: { call: "link", errno: "ENOSPC" }, code: "WAL_DENIED", reason: "no-space", outcome: "not-written" },
	{ failure: { call: "link", errno: "EXDEV" }, code: "WAL_STORE_UNSAFE", outcome: "not-written" },
	{ failure: { call: "link", errno: "EPERM" }, code: "WAL_STORE_UNSAFE", outcome: "not-written" },
	{ failure: { call: "link", errno: "ENOTSUP" }, code: "WAL_STORE_UNSAFE", outcome: "not-written" },
	{ failure: { call: "link", errno: "EIO" }, code: "WAL_UNAVAILABLE", reason: "EIO", outcome: "unknown" },
	{ failure: { call: "link", errno: "ETIMEDOUT" }, code: "WAL_UNAVAILABLE", reason: "ETIMEDOUT", outcome: "unknown" },
	{
		failure: { call: "syncFolder", errno: "EIO", path: "wal" },
		code: "WAL_UNAVAILABLE",
		reason: "EIO",
		outcome: "unknown",
	},
	{
		failure: { call: "syncFolder", errno: "ENOSPC", path: "wal" },
		code: "WAL_DENIED",
		reason: "no-space",
		outcome: "unknown",
	},
	{
		failure: { call: "syncFolder", errno: "EIO", path: "." },
		code: "WAL_UNAVAILABLE",
		reason: "EIO",
		outcome: "not-written",
	},
];

describe("a file call that fails while an object is created", () => {
	for (const { failure, code, reason, outcome } of writes) {
		const where = failure.path === undefined ? "" : ` of ${failure.path}`;
		it(`${failure.errno} from ${failure.call}${where} is ${code} and ${outcome}`, async () => {
			const { store, recorded } = await openRecorded();
			recorded.fail(failure);
			const error = await errorOf(store.putIfAbsent(key, body));
			expect(error).toMatchObject({ code, outcome, details: { key } });
			expect((error.details as { reason?: string }).reason).toBe(reason);
			expect(error.message).toContain(failure.errno);
			expect(error.cause).toMatchObject({ code: failure.errno });
			recorded.heal();
			if (outcome === "not-written") expect(await store.get(key)).toBeUndefined();
			await store.close?.();
			expect(recorded.open, "files left open").toBe(0);
		});
	}

	it("leaves a store that works again when the fault has passed", async () => {
		for (const { failure } of writes) {
			const { store, recorded } = await openRecorded();
			await store.putIfAbsent("wal/earlier", body);
			recorded.fail(failure);
			await store.putIfAbsent(key, body).catch(() => undefined);
			recorded.heal();
			expect(["created", "exists"]).toContain(await store.putIfAbsent(key, body));
			expect(await store.putIfAbsent("wal/later", body)).toBe("created");
			expect((await getWhole(store, key))?.bytes).toEqual(body);
			await store.close?.();
		}
	});

	it("says that it may be tried again where that can help, and only there", async () => {
		for (const [errno, retryable] of [
			["EMFILE", true],
			["EIO", true],
			["ENOSPC", false],
			["EACCES", false],
			["EROFS", false],
		] as const) {
			const { store, recorded } = await openRecorded();
			recorded.fail({ call: "createFile", errno });
			expect((await errorOf(store.putIfAbsent(key, body))).retryable, errno).toBe(retryable);
		}
	});
});

describe("a temporary", () => {
	it("whose fsync failed never gets a name", async () => {
		const root = temporaryFolder();
		const fsynced: number[] = [];
		const linked: string[] = [];
		const files = new Map<number, string>();
		const store = await openFsStore(root, {
			calls: {
				...nodeFileCalls,
				canWriteThrough: async () => false,
				async createFile(path, kind) {
					const file = await nodeFileCalls.createFile(path, kind);
					files.set(file, path);
					return file;
				},
				async syncData(file) {
					fsynced.push(file);
					if (fsynced.length === 1) throw Object.assign(new Error("injected"), { code: "EIO" });
					await nodeFileCalls.syncData(file);
				},
				async link(from, to) {
					linked.push(from);
					await nodeFileCalls.link(from, to);
				},
			},
		});
		const failed = errorOf(store.putIfAbsent(key, body));
		expect((await failed).outcome).toBe("not-written");
		const unlucky = files.get(fsynced[0] ?? -1);
		for (let i = 0; i < 10; i++) expect(await store.putIfAbsent(`wal/${i}`, body)).toBe("created");
		expect(linked).toHaveLength(10);
		expect(linked).not.toContain(unlucky);
	});
});

describe("a folder's fsync that fails", () => {
	it("after the link leaves the write unknown, and the object in sight", async () => {
		const { store, recorded } = await openRecorded();
		recorded.fail({ call: "syncFolder", errno: "EIO", path: "wal", times: 1 });
		expect((await errorOf(store.putIfAbsent(key, body))).outcome).toBe("unknown");
		expect((await store.get(key))?.bytes).toEqual(body);
	});

	it("opens the folder anew for the next one", async () => {
		const { store, recorded } = await openRecorded();
		await store.putIfAbsent("wal/earlier", body);
		recorded.fail({ call: "syncFolder", errno: "EIO", path: "wal", times: 1 });
		await errorOf(store.putIfAbsent(key, body));
		recorded.log.length = 0;
		expect(await store.putIfAbsent("wal/later", body)).toBe("created");
		expect(recorded.only("openFolder")).toEqual(["openFolder wal"]);
	});

	it("before `exists` is answered is unknown: what is there may be ours, and not on disk", async () => {
		const { store, recorded } = await openRecorded();
		await store.putIfAbsent(key, body);
		recorded.fail({ call: "syncFolder", errno: "EIO", path: "wal", times: 1 });
		expect(await errorOf(store.putIfAbsent(key, body))).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "unknown" });
		expect(await store.putIfAbsent(key, body)).toBe("exists");
	});

	it("fails `sync` too, which has no outcome since it writes nothing", async () => {
		const { store, recorded } = await openRecorded();
		await store.putIfAbsent(key, body);
		recorded.fail({ call: "syncFolder", errno: "EIO", path: "wal" });
		const error = await errorOf(store.sync?.("wal/") ?? Promise.resolve());
		expect(error).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: undefined });
	});
});

describe("a file call that fails while something is read", () => {
	const reads: [Failure, WalErrorCode, (store: ObjectStore) => Promise<unknown>][] = [
		[{ call: "openFile", errno: "EACCES" }, "WAL_DENIED", (store) => store.get(key)],
		[{ call: "openFile", errno: "EMFILE" }, "WAL_UNAVAILABLE", (store) => store.get(key)],
		[{ call: "factsOfOpen", errno: "EIO" }, "WAL_UNAVAILABLE", (store) => store.get(key)],
		[{ call: "read", errno: "EIO" }, "WAL_UNAVAILABLE", (store) => store.get(key)],
		[{ call: "factsOf", errno: "EIO" }, "WAL_UNAVAILABLE", (store) => store.head(key)],
		[{ call: "factsOf", errno: "EACCES" }, "WAL_DENIED", (store) => store.head(key)],
		[{ call: "readFolder", errno: "EIO" }, "WAL_UNAVAILABLE", (store) => list(store)],
		[{ call: "readFolder", errno: "EACCES" }, "WAL_DENIED", (store) => list(store)],
		[{ call: "factsOf", errno: "EIO" }, "WAL_UNAVAILABLE", (store) => list(store)],
	];

	async function list(store: ObjectStore): Promise<void> {
		for await (const { key: found } of store.list("")) expect(found).toBe(key);
	}

	it("is an error and never an absence", async () => {
		for (const [failure, code, read] of reads) {
			const { store, recorded } = await openRecorded();
			await store.putIfAbsent(key, body);
			recorded.fail(failure);
			const error = await errorOf(read(store));
			expect(error, `${failure.errno} from ${failure.call}`).toMatchObject({ code, outcome: undefined });
			await store.close?.();
			expect(recorded.open, "files left open").toBe(0);
		}
	});
});

describe("other writes", () => {
	it("a hint whose rename fails for an unclear reason is unknown, for a clear one not written", async () => {
		const { store, recorded } = await openRecorded();
		recorded.fail({ call: "rename", errno: "EIO", times: 1 });
		expect((await errorOf(store.put("hint", body))).outcome).toBe("unknown");
		recorded.fail({ call: "rename", errno: "ENOSPC", times: 1 });
		expect((await errorOf(store.put("hint", body))).outcome).toBe("not-written");
		expect(await store.get("hint")).toBeUndefined();
	});

	it("a delete that is denied leaves the object and says so", async () => {
		const { store, recorded } = await openRecorded();
		await store.putIfAbsent(key, body);
		recorded.fail({ call: "unlink", errno: "EACCES", path: key });
		expect(await errorOf(store.delete(key))).toMatchObject({ code: "WAL_DENIED", outcome: "not-written" });
		expect((await store.head(key))?.size).toBe(body.length);
	});

	it("a delete that fails for an unclear reason is unknown", async () => {
		const { store, recorded } = await openRecorded();
		await store.putIfAbsent(key, body);
		recorded.fail({ call: "unlink", errno: "EIO", path: key });
		expect(await errorOf(store.delete(key))).toMatchObject({ code: "WAL_UNAVAILABLE", outcome: "unknown" });
	});

	it("temporaries that cannot be removed disturb nobody", async () => {
		const { store, recorded } = await openRecorded();
		recorded.fail({ call: "unlink", errno: "EACCES", path: "TEMPORARY" });
		expect(await store.putIfAbsent(key, body)).toBe("created");
		await store.close?.();
		expect(recorded.open).toBe(0);
	});
});
