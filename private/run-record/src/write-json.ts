import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a result to be kept: indented, so that a diff of two runs shows which figures moved. */
export function writeJson(file: string, value: unknown): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
