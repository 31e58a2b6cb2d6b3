import { seededRandom, WalError } from "@memwal/wal-runtime";
import { describe, expect, it } from "vitest";
import { type ProducerRow, type RowGroup, readRows, rowName } from "../src/producer-rows.ts";
import { RoundLedger } from "../src/round-ledger.ts";
import { RowProducer } from "../src/row-producer.ts";
import type { RowWriter } from "../src/row-writer.ts";

/** What happens to one append: it lands and says so, lands or not and says nothing, or throws. */
type Fate = "acked" | "landed, unknown" | "lost, unknown" | "not written" | Error;

const GROUPS: readonly RowGroup[] = [0, 2, 4].map((firstSequence) => ({
	producer: 0,
	firstSequence,
	rows: 2,
	repeats: 1,
}));
const ALL = ["0/0", "0/1", "0/2", "0/3", "0/4", "0/5"];

/** A producer of three groups, whose appends meet these fates in turn and then succeed. */
async function produce(fates: readonly Fate[], forget: (rows: ProducerRow[]) => ProducerRow[] = (rows) => rows) {
	const log: ProducerRow[] = [];
	const ledger = new RoundLedger();
	const left = [...fates];
	const unavailable = (outcome: "unknown" | "not-written") => new WalError("WAL_UNAVAILABLE", "planted", { outcome });
	const open = async (): Promise<RowWriter> => ({
		epoch: 1n,
		putsAtOnce: 1,
		async append(batch) {
			const fate = left.shift() ?? "acked";
			if (fate instanceof Error) throw fate;
			if (fate === "acked" || fate === "landed, unknown") log.push(...readRows(batch));
			if (fate === "acked") return 1n;
			throw unavailable(fate === "not written" ? "not-written" : "unknown");
		},
		rowsAtOpening: async () => forget([...log]),
		outlives: () => false,
		close: async () => undefined,
	});
	const producer = new RowProducer({ groups: GROUPS, random: seededRandom(1), ledger, rivals: 0, open });
	await producer.run(AbortSignal.timeout(10_000));
	return { names: log.map(rowName), left: producer.left, ...ledger };
}

describe("a producer that looks before it repeats", () => {
	it("brings every row into the log once", async () => {
		const { names, left, counts, violations } = await produce([]);
		expect(names).toEqual(ALL);
		expect(left).toBe(0);
		expect(counts).toMatchObject({ operations: 3, acked: 3, unknown: 0 });
		expect(violations).toEqual([]);
	});

	it("does not repeat what is there, though nobody said so", async () => {
		const { names, counts, known } = await produce(["landed, unknown"]);
		expect(names).toEqual(ALL);
		expect(counts).toMatchObject({ operations: 3, acked: 2, unknown: 1, found: 1, repeated: 0 });
		expect(known.map(({ entryPosition }) => entryPosition)).toEqual([undefined, 1n, 1n]);
	});

	it("repeats what is absent, and what was told not written, in order", async () => {
		const { names, counts } = await produce(["lost, unknown", "not written"]);
		expect(names).toEqual(ALL);
		expect(counts).toMatchObject({ operations: 5, unknown: 1, notWritten: 1, repeated: 1, found: 0 });
	});

	it("complains where an opening does not find what was acknowledged", async () => {
		const { violations } = await produce(["acked", "not written"], (rows) => rows.slice(2));
		expect(violations).toContain("epoch 1 did not find 0/0,0/1 when it opened");
	});

	it("complains where half of what was appended at once is there", async () => {
		const { violations } = await produce(["landed, unknown"], (rows) => rows.slice(1));
		expect(violations).toContain("half of the group from 0/0 is there");
	});

	it("complains about an error that no fault explains", async () => {
		const { violations, left } = await produce([new TypeError("planted")]);
		expect(violations).toEqual([expect.stringContaining("unexpected: TypeError: planted")]);
		expect(left).toBe(0);
	});
});
