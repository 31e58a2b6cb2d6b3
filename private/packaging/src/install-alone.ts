import { checkFiles } from "./file-rules.ts";
import { tryAlone } from "./lone-install.ts";
import { type PackedPackage, readPackedPackages } from "./packed-package.ts";

/** Two cores, and npm waits for the network most of the time. */
const CONCURRENCY = 2;

const packages = readPackedPackages();
const byName = new Map(packages.map((packed) => [packed.name, packed]));
const queue = packages.values();
await Promise.all(Array.from({ length: CONCURRENCY }, work));

/** Takes packages off the common queue until none is left. */
async function work(): Promise<void> {
	for (const packed of queue) {
		const problems = checkFiles(packed.files);
		report(packed, problems.length > 0 ? problems : await tryAlone(packed, byName));
	}
}

function report({ name }: PackedPackage, problems: readonly string[]): void {
	console.log(problems.length === 0 ? `${name}: installs alone, its sample runs` : `${name}: FAILED`);
	for (const problem of problems) console.log(`  ${problem.replaceAll("\n", "\n  ")}`);
	if (problems.length > 0) process.exitCode = 1;
}
