import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WorkerProcess } from "./worker-process.ts";

/** Inputs that once failed; the same from `src` and from `dist`. */
export const REGRESSIONS: string = fileURLToPath(new URL("../regressions/", import.meta.url));

export function regressionFiles(folder: string = REGRESSIONS): readonly string[] {
	const names = readdirSync(folder).filter((name) => name.endsWith(".bin"));
	return names.sort().map((name) => join(folder, name));
}

/** Keeps the bytes of a failed case under a name made of them, with a note beside it. Gives the file, if it could be made. */
export async function keepRegression(
	seed: number,
	number: number,
	violations: readonly string[],
	folder: string = REGRESSIONS,
): Promise<string | undefined> {
	mkdirSync(folder, { recursive: true });
	const unnamed = join(folder, `case-${seed}-${number}.tmp`);
	// In a process of its own: what failed may have been the making of it.
	const worker = new WorkerProcess();
	const { kind } = await worker.run({ kind: "write", seed, number, file: unnamed }, () => undefined);
	worker.kill();
	if (kind !== "done") return undefined;
	const name = createHash("sha256").update(readFileSync(unnamed)).digest("hex").slice(0, 12);
	renameSync(unnamed, join(folder, `${name}.bin`));
	writeFileSync(join(folder, `${name}.txt`), `seed ${seed}, case ${number}\n${violations.join("\n")}\n`);
	return join(folder, `${name}.bin`);
}
