import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PACKED_FOLDER, ROOT, readPackedPackages } from "./packed-package.ts";
import { runProgram } from "./run-program.ts";

/** The programs that know what makes a package hard to import: `exports`, types, module formats. */
const LINTERS = {
	publint: { package: "publint", options: ["--strict"] },
	attw: {
		package: "@arethetypeswrong/cli",
		// A WebAssembly module is given its type by whatever imports it as one.
		options: [
			...["--profile", "esm-only", "--format", "ascii", "--no-emoji"],
			...["--exclude-entrypoints", "memwal_ipc.wasm"],
		],
	},
} as const;

const linter = LINTERS[process.argv[2] as keyof typeof LINTERS];
if (!linter) throw new RangeError(`Name one of: ${Object.keys(LINTERS).join(", ")}`);
const program = commandOf(linter.package);

for (const { name, tarball } of readPackedPackages()) {
	const { ok, output } = await runProgram(process.execPath, [program, tarball, ...linter.options], PACKED_FOLDER);
	console.log(ok ? `${name}: ok` : `${name}: FAILED\n${output}`);
	if (!ok) process.exitCode = 1;
}

/** The file that an installed package runs as its command. */
function commandOf(packageName: string): string {
	// Not by import: publint's exports hide its own manifest.
	const manifest = join(ROOT, "private", "packaging", "node_modules", packageName, "package.json");
	const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: string | Record<string, string> };
	return join(dirname(manifest), typeof bin === "string" ? bin : (Object.values(bin)[0] ?? ""));
}
