import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { firstDifference, type Json } from "@memwal-private/arrow-samples";

/** What a reader made of a folder of streams. */
export interface FolderReport {
	/** Streams whose values were compared. */
	readonly compared: number;
	readonly values: number;
	/** Names of types that the reader refuses, and is known to. */
	readonly refused: readonly string[];
	readonly differences: readonly string[];
}

const PROBE = /^unsupported-(.+?)(?:-\d+)?\.arrow$/;

/**
 * Holds what a reader found in each stream (`NAME.READER.json`) against what is in it (`NAME.json`).
 *
 * A stream named `unsupported-TYPE` has to be refused with such a problem: where it no longer is, that is a difference too,
 * so that the list of what is not supported stays true.
 */
export function compareFolder(folder: string, reader: string, refusal: RegExp): FolderReport {
	const differences: string[] = [];
	const refused: string[] = [];
	let compared = 0;
	let values = 0;
	for (const file of readdirSync(folder).filter((name) => name.endsWith(".arrow"))) {
		const name = file.replace(/\.arrow$/, "");
		const found = readJson(join(folder, `${name}.${reader}.json`));
		const problem = (found as { readonly problem?: string } | undefined)?.problem;
		const probe = PROBE.exec(file)?.[1];
		if (probe !== undefined) {
			if (problem !== undefined && refusal.test(problem)) refused.push(probe);
			else differences.push(`${reader}: ${name} should be refused, and is not: ${problem ?? "it was read"}`);
			continue;
		}
		compared++;
		const expected = readJson(join(folder, `${name}.json`));
		values += countValues(expected);
		const difference = problem ?? firstDifference(expected, found);
		if (difference !== undefined) differences.push(`${reader}: ${file}: ${difference}`);
	}
	return { compared, values, refused, differences };
}

function readJson(file: string): Json | undefined {
	return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Json) : undefined;
}

function countValues(entry: Json | undefined): number {
	const { batches } = entry as { readonly batches: readonly (readonly (readonly Json[])[])[] };
	return batches.flat().reduce((sum, column) => sum + column.length, 0);
}
