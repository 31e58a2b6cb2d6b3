import { seededRandom } from "@memwal/wal-runtime";
import { type Goal, type ResultRow, resultRow } from "../bench-result.ts";
import type { Operation } from "./codec-internals.ts";
import type { Codecs } from "./codecs.ts";
import { COLUMN_BYTES, compression, decompression, engineWorks, indexCheck, offsetCheck } from "./engine-work.ts";
import { COMPRESSIBLE, compressName, decompressName, SWEPT_SIZES, sweepName, VARIANTS } from "./names.ts";
import { type Effort, measureWork, perSecond, type Work } from "./repeated-work.ts";

const COLUMN_LENGTH = 4 << 20;
const CHECKED_VALUES = 1_000_000;

/** WebAssembly against TypeScript where the issue set a goal. */
export async function engineRows(codecs: Codecs, effort: Effort): Promise<ResultRow[]> {
	const random = seededRandom(5);
	const rows: ResultRow[] = [];
	for (const kind of COMPRESSIBLE) {
		const column = COLUMN_BYTES[kind](COLUMN_LENGTH, random);
		const megabytes = { amount: COLUMN_LENGTH / 1e6, unit: "MB/s" };
		const compress = { name: compressName(kind), works: both(compression(column), codecs), ...megabytes };
		rows.push(...(await compared({ ...compress, goal: { atLeast: 1.5 } }, effort)));
		const unpacked = both(decompression(column, codecs.engines.ts), codecs);
		rows.push(
			...(await compared({ name: decompressName(kind), works: unpacked, ...megabytes, goal: { atLeast: 2 } }, effort)),
		);
	}
	const checks = { amount: CHECKED_VALUES / 1e6, unit: "M values/s", goal: { atLeast: 3 } };
	const offsets = both(offsetCheck(CHECKED_VALUES), codecs);
	rows.push(...(await compared({ name: "check 1,000,000 offsets", works: offsets, ...checks }, effort)));
	const indices = both(indexCheck(CHECKED_VALUES, random), codecs);
	rows.push(...(await compared({ name: "check 1,000,000 indices", works: indices, ...checks }, effort)));
	return rows;
}

/** Every operation by both engines at several sizes: what `prefer: "auto"` chooses by. */
export async function sweepRows(codecs: Codecs, effort: Effort): Promise<ResultRow[]> {
	const random = seededRandom(6);
	const rows: ResultRow[] = [];
	for (const [operation, sizes] of Object.entries(SWEPT_SIZES) as [Operation, readonly number[]][]) {
		for (const bytes of sizes) {
			const works = engineWorks(operation, bytes, codecs, random);
			const measured = { name: sweepName(operation, bytes), works, amount: bytes / 1e6, unit: "MB/s", goal: undefined };
			rows.push(...(await compared(measured, effort)));
		}
	}
	return rows;
}

interface Comparison {
	readonly name: string;
	readonly works: readonly Work[];
	/** What one run works through, in units a second. */
	readonly amount: number;
	readonly unit: string;
	readonly goal: Goal | undefined;
}

async function compared({ name, works, amount, unit, goal }: Comparison, effort: Effort): Promise<ResultRow[]> {
	const times = await measureWork(works, effort);
	const ts = perSecond(times(name, VARIANTS.ts), amount, unit);
	const wasm = perSecond(times(name, VARIANTS.wasm), amount, unit);
	return [resultRow(ts), resultRow(wasm, { baseline: ts, goal })];
}

function both(run: ReturnType<typeof offsetCheck>, { engines }: Codecs): readonly Work[] {
	const [byTs, byWasm] = [run(engines.ts), run(engines.wasm)];
	if (byTs !== byWasm) throw new Error(`ts says ${byTs}, wasm says ${byWasm}`);
	return [
		{ variant: VARIANTS.ts, garbage: "little", run: () => run(engines.ts) },
		{ variant: VARIANTS.wasm, garbage: "little", run: () => run(engines.wasm) },
	];
}
