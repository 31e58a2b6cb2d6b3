import { resolveShard } from "@memwal/wal-core/manifest";
import { seededRandom } from "@memwal/wal-runtime";
import { ManualClock } from "@memwal/wal-runtime/testing";
import { type Fault, type FaultyRequest, type ObjectStore, withFaults } from "@memwal/wal-store";
import { openMemoryStore } from "@memwal/wal-store/memory";
import { describe, expect, it } from "vitest";
import { ArrowFileSink } from "../src/arrow-file-sink.ts";
import { chainKey } from "../src/chain-key.ts";
import { chainOf, failureOf, memtableOf, PREFIX, positionsByFile } from "./memtable-of.ts";

const NUMBERS: ReadonlyMap<string, number> = new Map(
	Array.from({ length: 200 }, (_, i) => [chainKey(PREFIX, BigInt(i + 1)), i + 1]),
);

/** A chain in memory, the sinks that write it, and what they ask of the store. */
class TestChain {
	readonly clock: ManualClock = new ManualClock(1_000_000);
	readonly memory: ObjectStore = openMemoryStore({ clock: this.clock });
	/** Operations and file numbers, since the last `take`. */
	#requests: string[] = [];

	/** A sink as a new process has it. */
	sink(fault: (request: FaultyRequest) => Fault | undefined = () => undefined): ArrowFileSink {
		const store = withFaults(this.memory, {
			clock: this.clock,
			plan: (request) => {
				this.#requests.push(`${request.operation} ${NUMBERS.get(request.key)}`);
				return fault(request);
			},
		});
		return new ArrowFileSink({ store, prefix: PREFIX, clock: this.clock, random: seededRandom(3) });
	}

	write(sink: ArrowFileSink, ...memtable: Parameters<typeof memtableOf>): Promise<void> {
		return this.clock.run(sink.write(memtableOf(...memtable)));
	}

	take(): string[] {
		return this.#requests.splice(0);
	}
}

describe("a sink", () => {
	it("makes a file a memtable, which says what it covers", async () => {
		const chain = new TestChain();
		const sink = chain.sink();
		await chain.write(sink, [1, 2, 3], { writerEpoch: 4n, generation: 7n });
		await chain.write(sink, [5, 6], { after: 3, writerEpoch: 4n, generation: 8n });
		expect(await positionsByFile(chain.memory)).toEqual([
			[1, 2, 3],
			[5, 6],
		]);
		const [, { table: _, ...label }] = (await chainOf(chain.memory)) as [unknown, { table: unknown }];
		expect(label).toEqual({
			number: 2n,
			shard: resolveShard("a").shardId,
			writerEpoch: 4n,
			generation: 8n,
			afterEntryPosition: 3n,
			firstEntryPosition: 5n,
			lastEntryPosition: 6n,
			rows: 4,
		});
		expect(chain.clock.pendingTimers).toBe(0);
	});

	it("makes no file of a memtable that the chain has already, be it offered again or by another writer", async () => {
		const chain = new TestChain();
		const sink = chain.sink();
		await chain.write(sink, [1, 2]);
		await chain.write(sink, [1, 2]);
		await chain.write(chain.sink(), [1, 2], { writerEpoch: 2n, generation: 9n });
		expect(await positionsByFile(chain.memory)).toEqual([[1, 2]]);
	});

	it("writes only the entries of a memtable that the chain does not have", async () => {
		const chain = new TestChain();
		await chain.write(chain.sink(), [1, 2, 3]);
		await chain.write(chain.sink(), [2, 3, 5, 6], { writerEpoch: 2n });
		expect(await positionsByFile(chain.memory)).toEqual([
			[1, 2, 3],
			[5, 6],
		]);
	});

	it("goes on behind the file of whoever took its slot, with what that file lacks", async () => {
		const chain = new TestChain();
		const [stalled, successor] = [chain.sink(), chain.sink()];
		await chain.write(stalled, [1, 2]);
		await chain.write(successor, [3, 4], { after: 2, writerEpoch: 2n });
		await chain.write(stalled, [3, 4, 5], { after: 2 });
		await chain.write(successor, [5, 6], { after: 4, writerEpoch: 2n });
		await chain.write(stalled, [6], { after: 5 });
		expect(await positionsByFile(chain.memory)).toEqual([[1, 2], [3, 4], [5], [6]]);
	});

	it("shares its slots fairly with one that sinks the same rows at the same moment", async () => {
		const chain = new TestChain();
		const writes = [
			chain.sink().write(memtableOf([1, 2, 3])),
			chain.sink().write(memtableOf([1, 2, 3, 5], { writerEpoch: 2n })),
			chain.sink().write(memtableOf([1], { writerEpoch: 3n })),
		];
		await chain.clock.run(Promise.all(writes));
		expect((await positionsByFile(chain.memory)).flat()).toEqual([1, 2, 3, 5]);
	});

	it("finds the end of a long chain with few looks, and remembers it", async () => {
		const chain = new TestChain();
		const first = chain.sink();
		for (let position = 1; position <= 100; position++) await chain.write(first, [position], { after: position - 1 });
		chain.take();
		const next = chain.sink();
		await chain.write(next, [101], { after: 100 });
		const requests = chain.take();
		expect(requests.slice(-2)).toEqual(["get 100", "putIfAbsent 101"]);
		expect(requests.length).toBeLessThanOrEqual(16);
		await chain.write(next, [102], { after: 101 });
		expect(chain.take()).toEqual(["putIfAbsent 102"]);
	});

	it("looks again when the chain must have grown since", async () => {
		const chain = new TestChain();
		const mine = chain.sink();
		await chain.write(mine, [1]);
		const other = chain.sink();
		for (const position of [2, 3]) await chain.write(other, [position], { after: position - 1, writerEpoch: 2n });
		chain.take();
		await chain.write(mine, [4], { after: 3, writerEpoch: 3n });
		expect(chain.take().at(-1)).toBe("putIfAbsent 4");
		expect((await positionsByFile(chain.memory)).flat()).toEqual([1, 2, 3, 4]);
	});
});

describe("over a store that fails, a sink", () => {
	/** The first `count` requests of this kind meet the fault. */
	const first = (count: number, operation: string, fault: Fault) => {
		let left = count;
		return (request: FaultyRequest) => (request.operation === operation && left-- > 0 ? fault : undefined);
	};

	it.each(["reply-lost", "request-lost", "server-error-after", "conflict-409"] as const)(
		"writes one file through %s",
		async (name) => {
			const chain = new TestChain();
			await chain.write(chain.sink(first(3, "putIfAbsent", { name })), [1, 2]);
			expect(await positionsByFile(chain.memory)).toEqual([[1, 2]]);
		},
	);

	it("reads through failures and short answers", async () => {
		const chain = new TestChain();
		await chain.write(chain.sink(), [1, 2]);
		await chain.write(chain.sink(first(2, "head", { name: "read-failed" })), [2, 3]);
		await chain.write(chain.sink(first(2, "get", { name: "short-read" })), [3, 4]);
		expect(await positionsByFile(chain.memory)).toEqual([[1, 2], [3], [4]]);
	});

	it("gives the memtable back when it cannot know, and does not write a row twice when it is offered again", async () => {
		const chain = new TestChain();
		const ghost: Fault = { name: "ghost-write", delayMs: 60_000 };
		const sink = chain.sink((request) =>
			request.operation === "putIfAbsent" && chain.clock.now() < 1_050_000 ? ghost : undefined,
		);
		const failure = await failureOf(chain.write(sink, [1, 2]));
		expect(failure).toMatchObject({ code: "WAL_TIMEOUT", outcome: "unknown" });
		await chain.clock.advance(60_000);
		expect(await positionsByFile(chain.memory)).toEqual([[1, 2]]);
		await chain.write(sink, [1, 2]);
		await chain.write(sink, [3], { after: 2 });
		expect(await positionsByFile(chain.memory)).toEqual([[1, 2], [3]]);
	});

	it("ends when the writer no longer cares", async () => {
		const chain = new TestChain();
		const signal = AbortSignal.abort();
		expect(await failureOf(chain.write(chain.sink(), [1], { signal }))).toMatchObject({ code: "WAL_ABORTED" });
		expect(await positionsByFile(chain.memory)).toEqual([]);
	});
});

describe("a sink refuses", () => {
	it("rows of another shard", async () => {
		const chain = new TestChain();
		const sink = chain.sink();
		await chain.write(sink, [1]);
		const { shardId } = resolveShard("b");
		for (const one of [sink, chain.sink()]) {
			const failure = await failureOf(chain.write(one, [2], { after: 1, shardId }));
			expect(failure).toMatchObject({ code: "WAL_INVALID", message: expect.stringContaining("a prefix of its own") });
		}
		expect(await positionsByFile(chain.memory)).toEqual([[1]]);
	});

	it("rows behind others that it never got", async () => {
		const chain = new TestChain();
		const sink = chain.sink();
		await chain.write(sink, [1, 2]);
		for (const one of [sink, chain.sink()]) {
			const failure = await failureOf(chain.write(one, [5, 6], { after: 4 }));
			expect(failure).toMatchObject({ code: "WAL_INVALID", message: expect.stringContaining("up to entry 4") });
		}
		expect(await positionsByFile(chain.memory)).toEqual([[1, 2]]);
	});

	it("a chain whose newest file is damaged", async () => {
		const chain = new TestChain();
		await chain.memory.putIfAbsent(chainKey(PREFIX, 1n), new Uint8Array(100));
		expect(await failureOf(chain.write(chain.sink(), [1]))).toMatchObject({
			code: "WAL_CORRUPT",
			details: { key: chainKey(PREFIX, 1n) },
		});
	});
});

it("a chain may begin in the middle of a log, and says where", async () => {
	const chain = new TestChain();
	await chain.write(chain.sink(), [41, 42], { after: 39 });
	expect((await chainOf(chain.memory))[0]).toMatchObject({ afterEntryPosition: 39n, firstEntryPosition: 41n });
});

it("what a sink builds on is on disk before", async () => {
	const chain = new TestChain();
	await chain.write(chain.sink(), [1]);
	const calls: string[] = [];
	const store: ObjectStore = {
		...chain.memory,
		get: (key, options) => chain.memory.get(key, options),
		head: (key, options) => chain.memory.head(key, options),
		putIfAbsent: async (key, body, options) => {
			calls.push("create");
			return chain.memory.putIfAbsent(key, body, options);
		},
		sync: async (prefix) => {
			calls.push(`sync ${prefix}`);
		},
	};
	const newSink = () => new ArrowFileSink({ store, prefix: PREFIX, clock: chain.clock, random: seededRandom(1) });
	await chain.write(newSink(), [1]);
	expect(calls).toEqual([`sync ${PREFIX}`]);
	await chain.write(newSink(), [1, 2]);
	expect(calls).toEqual([`sync ${PREFIX}`, `sync ${PREFIX}`, "create"]);
});
