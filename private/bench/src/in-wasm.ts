import { memoryUsage } from "node:process";
import { type Codec, type EntryInWasm, loadCodec } from "@memwal/wal-ipc-wasm";
import type { RecordBatch } from "apache-arrow";
import { measurementsOf, type ResultRow, resultRow } from "./bench-result.ts";
import { measureInterleaved, timeEach } from "./interleave.ts";
import type { Suite, SuiteRun } from "./suite.ts";
import { SUMMED_COLUMNS, type SummedColumn, sum, type TripEntry, tripEntry } from "./trip-entry.ts";

/** Whether a reader without need of WebAssembly gains by it: no goal, but an answer. */
export const inWasm: Suite = {
	name: "in-wasm",
	title: "Decoded in WebAssembly or as usual: an entry of five columns is read, and little or all of it kept",
	run: runInWasm,
};

interface Task {
	readonly name: string;
	readonly compression: "lz4" | undefined;
	/** The columns that are asked for; `undefined` for all five. */
	readonly columns: readonly SummedColumn[] | undefined;
	readonly keeps: "nothing" | "everything";
}

const TASKS: readonly Task[] = [
	{ name: "LZ4, sum one column", compression: "lz4", columns: ["price"], keeps: "nothing" },
	{ name: "LZ4, read all, sum three", compression: "lz4", columns: undefined, keeps: "nothing" },
	{ name: "LZ4, read all, keep all", compression: "lz4", columns: undefined, keeps: "everything" },
	{ name: "plain, read all, sum three", compression: undefined, columns: undefined, keeps: "nothing" },
];

const USUAL = "decode";
const CHECKED = "decode, all values checked";
const VIEWS = "decodeInWasm, views";
const ADDRESSES = "decodeInWasm, by address";
const COPIES = "decodeInWasm, copies";

async function runInWasm({ quick, random }: SuiteRun): Promise<ResultRow[]> {
	const codec = await loadCodec();
	const rounds = quick ? 5 : 25;
	const rows: ResultRow[] = [];
	for (const entryRows of [1_000, 200_000]) {
		const perTurn = entryRows > 10_000 ? 2 : 100;
		for (const task of TASKS) {
			const entry = await tripEntry(entryRows, task.compression, random);
			const sides = sidesOf(codec, entry, task).map(({ variant, read }) => ({
				variant,
				read,
				turn: () =>
					timeEach(perTurn, async () => {
						const found = await read();
						for (const [name, total] of Object.entries(found)) requireSum(entry, name as SummedColumn, total);
					}),
			}));
			const samplesOf = await measureInterleaved(sides, { rounds, warmUpRounds: 3, pauseMs: 0, random });
			const name = `${task.name}, ${entryRows.toLocaleString("en")} rows`;
			const measured = measurementsOf({ name, unit: "ms", rounds }, samplesOf);
			const usual = measured(USUAL);
			rows.push(resultRow(usual));
			for (const { variant } of sides.slice(1)) rows.push(resultRow(measured(variant), { baseline: usual }));
			// Columns that are not compressed stay where they lie.
			if (!task.compression) continue;
			for (const { variant, read } of sides) {
				const samples = await newArrayKibibytes(read);
				rows.push(resultRow({ name: `${name}: new arrays`, variant, unit: "KiB", samples, rounds: samples.length }));
			}
		}
	}
	return rows;
}

/** What a read leaves to the garbage collector: memory of arrays that was not there before. */
async function newArrayKibibytes(read: Side["read"]): Promise<number[]> {
	const samples: number[] = [];
	while (samples.length < 5) {
		const before = memoryUsage().arrayBuffers;
		await read();
		const gained = memoryUsage().arrayBuffers - before;
		// Less than before: it was collected meanwhile.
		if (gained >= 0) samples.push(gained / 1024);
	}
	return samples;
}

type Sums = Partial<Record<SummedColumn, number>>;

interface Side {
	readonly variant: string;
	read(): Promise<Sums> | Sums;
}

function sidesOf(codec: Codec, { bytes }: TripEntry, { columns, keeps }: Task): readonly Side[] {
	const summed = columns ?? SUMMED_COLUMNS;
	const decode = (validate: "structure" | "full") => () => {
		const { batches } = codec.decode(bytes, { columns, validate });
		return sumsOf(batches[0] as RecordBatch, summed);
	};
	const decodeInWasm = (sumsIn: (entry: EntryInWasm) => Sums) => async () => {
		const entry = await codec.decodeInWasm(bytes, { columns });
		const sums = sumsIn(entry);
		entry.release();
		return sums;
	};
	const usual = [
		{ variant: USUAL, read: decode("structure") },
		{ variant: CHECKED, read: decode("full") },
	];
	if (keeps === "everything") {
		const copied = decodeInWasm((entry) => sumsOf(entry.batch(0, { arrays: "copies" }), summed));
		return [...usual, { variant: COPIES, read: copied }];
	}
	return [
		...usual,
		{ variant: VIEWS, read: decodeInWasm((entry) => sumsOf(entry.batch(0), summed)) },
		{ variant: ADDRESSES, read: decodeInWasm((entry) => sumsByAddress(entry, summed)) },
	];
}

function sumsOf(batch: RecordBatch, columns: readonly SummedColumn[]): Sums {
	return Object.fromEntries(columns.map((name) => [name, sum(batch.getChild(name)?.data[0]?.values)]));
}

/** As another module would, which knows of the C Data Interface, and nothing of apache-arrow. */
function sumsByAddress({ memory, arrayAddresses, schema, rows }: EntryInWasm, columns: readonly SummedColumn[]): Sums {
	const view = new DataView(memory.buffer);
	const pointer = (at: number) => view.getUint32(at, true);
	const childrenAt = pointer((arrayAddresses[0] as number) + 44);
	return Object.fromEntries(
		columns.map((name) => {
			const index = schema.fields.findIndex((field) => field.name === name);
			const valuesAt = pointer(pointer(pointer(childrenAt + 4 * index) + 40) + 4);
			const values = name === "code" ? Int32Array : Float64Array;
			return [name, sum(new values(memory.buffer, valuesAt, rows))];
		}),
	);
}

function requireSum({ sums }: TripEntry, column: SummedColumn, found: number): void {
	if (found !== sums[column]) throw new Error(`the sum of ${column} was ${found}, not ${sums[column]}`);
}
