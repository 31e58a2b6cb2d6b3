import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PACKED_FOLDER, type PackedManifest, type PackedPackage, ROOT } from "./packed-package.ts";
import { runProgram } from "./run-program.ts";

rmSync(PACKED_FOLDER, { recursive: true, force: true });
mkdirSync(PACKED_FOLDER, { recursive: true });

for (const name of readdirSync(join(ROOT, "packages"))) {
	const folder = join(ROOT, "packages", name);
	if (!existsSync(join(folder, "package.json"))) continue;
	const packed = await pack(folder);
	writeFileSync(join(PACKED_FOLDER, `${name}.json`), JSON.stringify(packed));
	console.log(`${packed.name}: ${packed.files.length} files`);
}

async function pack(folder: string): Promise<PackedPackage> {
	const pnpm = join(ROOT, "node_modules", "pnpm", "bin", "pnpm.cjs");
	const report = await run(process.execPath, [pnpm, "pack", "--json", "--pack-destination", PACKED_FOLDER], folder);
	const { filename } = JSON.parse(report.slice(report.indexOf("{"))) as { filename: string };
	const tarball = join(PACKED_FOLDER, basename(filename));
	// Not pnpm's own list of files: it leaves out the licence, which comes from the root.
	const listing = await run("tar", ["-tzf", tarball], folder);
	const manifest = JSON.parse(await run("tar", ["-xOzf", tarball, "package/package.json"], folder)) as PackedManifest;
	const files = listing.trim().split(/\r?\n/).sort();
	return { name: manifest.name, folder, tarball, manifest, files: files.map((file) => file.replace("package/", "")) };
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
	const { ok, output } = await runProgram(program, args, cwd);
	if (!ok) throw new Error(`${program} ${args.join(" ")} failed in ${cwd}:\n${output}`);
	return output;
}
