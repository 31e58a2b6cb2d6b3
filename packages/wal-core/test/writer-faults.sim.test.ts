import { expect, it } from "vitest";
import type { WalEntry } from "../src/wal-entry.ts";
import { runWriterHistory, type WriterHistory } from "./writer-history.ts";
import { flawsOf } from "./writer-verdict.ts";

/** Ten times as many, from another first seed, take some minutes. */
const FIRST_SEED = 1;
const HISTORIES = 2_000;
const PUTS = 16;

it(`loses, doubles, reorders and shows nothing wrong in ${HISTORIES} seeded histories of writers, sinks and indexes that fail`, async () => {
	const flaws: string[] = [];
	const sums = new Map<string, number>();
	for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES && flaws.length === 0; seed++) {
		const history = await runWriterHistory(seed, PUTS);
		flaws.push(...flawsOf(history));
		for (const [what, count] of Object.entries(countsOf(history))) sums.set(what, (sums.get(what) ?? 0) + count);
	}
	expect(flaws).toEqual([]);
	const sum = (what: keyof ReturnType<typeof countsOf>) => sums.get(what) ?? 0;
	expect(sum("puts")).toBeGreaterThanOrEqual(HISTORIES * PUTS);
	// What is to go wrong must do so, or the run proves nothing.
	expect(sum("acknowledged")).toBeGreaterThan(sum("puts") / 4);
	expect(sum("accepted")).toBeGreaterThan(sum("puts") / 8);
	expect(sum("unknown")).toBeGreaterThan(HISTORIES / 10);
	expect(sum("notWritten")).toBeGreaterThan(HISTORIES / 2);
	expect(sum("lackedByIndex")).toBeGreaterThan(HISTORIES / 200);
	expect(sum("heldBack")).toBeGreaterThan(HISTORIES / 4);
	expect(sum("faults")).toBeGreaterThan(HISTORIES * 2);
	expect(sum("opened")).toBeGreaterThan(HISTORIES * 1.5);
	expect(sum("killed")).toBeGreaterThan(HISTORIES / 4);
	expect(sum("fenced")).toBeGreaterThan(HISTORIES / 20);
	expect(sum("read")).toBeGreaterThan(sum("puts"));
	expect(sum("sunk")).toBeGreaterThan(HISTORIES);
	expect(sum("refusedBySink")).toBeGreaterThan(HISTORIES / 10);
	console.log(JSON.stringify({ histories: HISTORIES, ...Object.fromEntries(sums) }));
}, 7_200_000);

function countsOf({ puts, reads, writers, faults, killed, failedOpens, entries, sink }: WriterHistory) {
	const told = (what: string) => puts.filter((put) => put.told === what).length;
	return {
		puts: puts.length,
		acknowledged: told("written"),
		accepted: told("accepted"),
		notWritten: told("not-written"),
		unknown: told("unknown"),
		lackedByIndex: puts.filter((put) => put.told === "written" && put.entryPosition === undefined).length,
		heldBack: writers.reduce((sum, { heldBack = 0 }) => sum + heldBack, 0),
		entries: entries.filter(({ rows }) => rows > 0).length,
		opened: writers.length,
		failedOpens,
		faults,
		killed,
		fenced: writers.filter(({ fenced }) => fenced).length,
		read: reads.reduce((sum, { ids }) => sum + ids.length, 0),
		sunk: sink.ids.length,
		offered: sink.offered.length,
		refusedBySink: sink.offered.filter((offer) => offer.told === "failed").length,
	};
}

it("gives the same history for the same seed", async () => {
	const trace = ({ puts, reads, entries, sink }: WriterHistory) => [
		puts,
		reads,
		entries.map(({ entryPosition, writerEpoch, bytes, lastModifiedMs }) => [
			entryPosition,
			writerEpoch,
			bytes,
			lastModifiedMs,
		]),
		sink.offered,
	];
	for (const seed of [3, 44, 405]) {
		expect(trace(await runWriterHistory(seed, 40))).toEqual(trace(await runWriterHistory(seed, 40)));
	}
});

it("would notice what is lost, doubled, torn, moved, shown too early or not at all, sunk twice or passed over", async () => {
	const history = await historyWithAll();
	expect(flawsOf(history)).toEqual([]);
	const { entries, puts, reads, sink, writers, manifests } = history;
	const flaws = (change: Partial<WriterHistory>) => flawsOf({ ...history, ...change }).join("\n");
	const whole = entries.find(({ batches }) => batches.length > 1) as WalEntry;
	const changed = (change: (entry: WalEntry) => Partial<WalEntry>) =>
		entries.map((entry) => (entry === whole ? { ...entry, ...change(entry) } : entry));
	expect(flaws({ entries: entries.filter((entry) => entry !== whole) })).toMatch(/hole/);
	expect(flaws({ entries: changed(() => ({ batches: [] })) })).toMatch(/is not in the log/);
	expect(flaws({ entries: changed(({ batches }) => ({ batches: batches.slice(1) })) })).toMatch(
		/is there in part|is not in/,
	);
	expect(flaws({ entries: changed(({ batches }) => ({ batches: [...batches].reverse() })) })).toMatch(/lies before it/);
	expect(flaws({ entries: changed(({ batches }) => ({ batches: [...batches, ...batches] })) })).toMatch(/is doubled/);
	expect(flaws({ entries: [...entries, { ...whole, entryPosition: BigInt(entries.length) + 1n }] })).toMatch(
		/older epoch/,
	);
	expect(flaws({ puts: puts.map((put) => ({ ...put, told: "not-written" as const })) })).toMatch(
		/told not-written.* is in/,
	);
	expect(flaws({ puts: puts.map((put) => ({ ...put, batchStart: 1_000 })) })).toMatch(
		/was said to begin at batch 1000/,
	);
	expect(flaws({ puts: [] })).toMatch(/was never put/);
	const seen = (change: (ids: readonly number[]) => readonly number[]) => ({
		reads: reads.map((read) => ({ ...read, ids: change(read.ids) })),
	});
	expect(flaws(seen((ids) => ids.slice(0, -1)))).toMatch(/and not seen|nothing of what was replayed/);
	expect(flaws(seen((ids) => ids.slice(1)))).toMatch(/were not seen|seen in part/);
	expect(flaws(seen((ids) => ids.filter((_, i) => i !== 1)))).toMatch(/was expected/);
	expect(flaws(seen((ids) => [...ids, 1_000_000]))).toMatch(/are not in the log|not its own/);
	expect(flaws({ entries: changed(() => ({ lastModifiedMs: Number.MAX_SAFE_INTEGER })) })).toMatch(/was not yet in/);
	expect(flaws({ reads: reads.map((read) => ({ ...read, atMs: 0 })) })).toMatch(/were seen before they were there/);
	const { ids, moves, offered, lastPosition } = sink;
	const sunk = (change: Partial<typeof sink>) => flaws({ sink: { ids, moves, offered, lastPosition, ...change } });
	expect(sunk({ ids: ids.slice(1) })).toMatch(/are not the log/);
	expect(sunk({ ids: [...ids, ...ids] })).toMatch(/are not the log/);
	expect(sunk({ moves: moves.map((move) => ({ ...move, atMs: move.atMs + 1_000_000 })) })).toMatch(/has the cursor at/);
	expect(sunk({ offered: [...offered].reverse() })).toMatch(/was offered after/);
	expect(sunk({ offered: offered.map((offer) => ({ ...offer, entries: offer.entries.slice(1) })) })).toMatch(
		/not what is in/,
	);
	expect(flaws({ manifests: [...manifests].reverse() })).toMatch(/moved the cursor back/);
	expect(flaws({ writers: writers.map((writer) => ({ ...writer, durableBatches: 1_000 })) })).toMatch(
		/read 1000 batches/,
	);
	for (const what of ["timers", "leases", "calls", "listeners"] as const)
		expect(flaws({ left: { ...history.left, [what]: 1 } })).toContain("1 ");
});

/** One in which there is something of everything. */
async function historyWithAll(): Promise<WriterHistory> {
	for (let seed = FIRST_SEED; ; seed++) {
		const history = await runWriterHistory(seed, 40);
		const { puts, reads, entries, sink, writers } = history;
		const rich =
			new Set(sink.offered.map(({ epoch, generation }) => `${epoch} ${generation}`)).size > 3 &&
			entries.some(({ batches }) => batches.length > 1) &&
			writers.some(({ durability, mode }) => durability === "durable" && mode === "memtable") &&
			reads.some(({ ids }) => ids.length > 3) &&
			puts.some(({ told }) => told === "written");
		if (rich) return history;
	}
}
