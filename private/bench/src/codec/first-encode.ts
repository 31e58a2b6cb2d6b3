import { execFileSync } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { Measurement, ResultRow } from "../bench-result.ts";
import { resultRow } from "../bench-result.ts";
import type { FirstEncodes } from "./first-encode-process.ts";
import { VARIANTS } from "./names.ts";

/** What the very first entry of a process takes: compilers are cold. Each side goes first in half of the processes. */
export function firstEncodeRows(quick: boolean): ResultRow[] {
	const processes = quick ? 5 : 25;
	const ours: FirstEncodes[] = [];
	const theirs: FirstEncodes[] = [];
	for (let i = 0; i < processes; i++) {
		ours.push(encodeInFreshProcess("memwal"));
		theirs.push(encodeInFreshProcess("apache"));
	}
	const measured = (name: string, variant: string, samples: readonly number[]): Measurement => ({
		...{ name, variant, samples },
		unit: "ms",
		rounds: processes,
	});
	const first = "first encode in a process";
	const second = "first encode, after the other's";
	const goal = { atMost: 1 };
	const apacheFirst = measured(first, VARIANTS.apache, pick(theirs, "apacheMs"));
	const apacheSecond = measured(second, VARIANTS.apache, pick(ours, "apacheMs"));
	return [
		resultRow(apacheFirst),
		resultRow(measured(first, VARIANTS.checksummed, pick(ours, "memwalMs")), { baseline: apacheFirst, goal }),
		resultRow(apacheSecond),
		resultRow(measured(second, VARIANTS.checksummed, pick(theirs, "memwalMs")), { baseline: apacheSecond, goal }),
		resultRow(measured("loadCodec() in a process", VARIANTS.checksummed, pick(ours, "loadMs"))),
	];
}

function pick(encodes: readonly FirstEncodes[], which: keyof FirstEncodes): number[] {
	return encodes.map((times) => times[which]);
}

function encodeInFreshProcess(first: "memwal" | "apache"): FirstEncodes {
	const program = fileURLToPath(new URL("../../dist/codec/first-encode-process.js", import.meta.url));
	return JSON.parse(execFileSync(execPath, [program, first], { encoding: "utf8" })) as FirstEncodes;
}
