import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownClosure, type PackedManifest, type PackedPackage, ROOT } from "./packed-package.ts";
import { type ReadmeSample, readmeSample } from "./readme-sample.ts";
import { runProgram } from "./run-program.ts";

/** As `tsc --init` would set a user up, more or less; the declarations of others are not ours to check. */
const COMPILER_OPTIONS = {
	module: "NodeNext",
	target: "ES2022",
	lib: ["ES2022", "ESNext.Disposable", "DOM"],
	types: ["node"],
	strict: true,
	skipLibCheck: true,
	outDir: "out",
};

/**
 * Installs a packed package into an empty folder with plain npm, nothing of ours beside it but what it declares, and
 * does there what its README says, and the one at the root where that installs this package. Resolves to what went wrong; nothing is left on disk.
 */
export async function tryAlone(packed: PackedPackage, all: ReadonlyMap<string, PackedPackage>): Promise<string[]> {
	const folder = mkdtempSync(join(tmpdir(), "memwal-alone-"));
	try {
		const sample = readmeSample(readFileSync(join(packed.folder, "README.md"), "utf8"));
		const front = readmeSample(readFileSync(join(ROOT, "README.md"), "utf8"));
		const closure = ownClosure(packed.name, all);
		const wanting = checkInstallLine(packed.manifest, sample);
		if (wanting.length > 0) return wanting;
		writeJson(join(folder, "package.json"), consumerManifest(packed, sample, closure, all));
		const installed = await runProgram(
			"npm",
			["install", "--prefix", folder, "--prefer-offline", "--no-audit"],
			folder,
		);
		if (!installed.ok) return [`npm install failed:\n${installed.output}`];
		return [
			...checkLayers(folder, closure),
			...(await importEverySubpath(folder, packed.manifest)),
			...(await runSample(folder, "sample", sample)),
			...(front.install.includes(packed.name) ? await runSample(folder, "front-page", front) : []),
			...(await runCommands(folder, packed.manifest)),
		];
	} finally {
		rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
	}
}

/** A README that does not name what its sample needs, or shows nothing to try. */
export function checkInstallLine(manifest: PackedManifest, { install, code }: ReadmeSample): string[] {
	const optional = manifest.peerDependenciesMeta ?? {};
	const peers = Object.keys(manifest.peerDependencies ?? {}).filter((peer) => optional[peer]?.optional !== true);
	const missing = [manifest.name, ...peers].filter((name) => !install.includes(name));
	return [
		...missing.map((name) => `README: the first \`npm i …\` line does not name ${name}`),
		...(code === undefined && !manifest.bin ? ["README: no ```ts block to run"] : []),
	];
}

function consumerManifest(
	packed: PackedPackage,
	{ install }: ReadmeSample,
	closure: ReadonlySet<string>,
	all: ReadonlyMap<string, PackedPackage>,
): object {
	const tarballOf = (name: string) => `file:${all.get(name)?.tarball}`;
	const foreign = install.filter((name) => name !== packed.name);
	const versions = { ...packed.manifest.peerDependencies, ...packed.manifest.devDependencies };
	const others = [...closure].filter((name) => name !== packed.name);
	return {
		private: true,
		type: "module",
		dependencies: Object.fromEntries([
			[packed.name, tarballOf(packed.name)],
			...foreign.map((name) => [name, all.has(name) ? tarballOf(name) : versions[name]]),
		]),
		devDependencies: { "@types/node": nodeTypesVersion() },
		overrides: Object.fromEntries(
			others.filter((name) => !foreign.includes(name)).map((name) => [name, tarballOf(name)]),
		),
	};
}

/** "Install only the layers you need": what is there of ours is what the package declares, nothing else. */
function checkLayers(folder: string, closure: ReadonlySet<string>): string[] {
	const present = readdirSync(join(folder, "node_modules", "@memwal")).map((name) => `@memwal/${name}`);
	const surplus = present.filter((name) => !closure.has(name));
	const missing = [...closure].filter((name) => !present.includes(name));
	return [
		...surplus.map((name) => `installs ${name}, which it does not declare`),
		...missing.map((name) => `does not install ${name}`),
	];
}

async function importEverySubpath(folder: string, { name, exports = {} }: PackedManifest): Promise<string[]> {
	const specifiers = Object.keys(exports)
		.filter((subpath) => subpath !== "./package.json")
		.map((subpath) => `${name}${subpath.slice(1)}`);
	const lines = specifiers.map((specifier) =>
		specifier.endsWith(".wasm")
			? // Node 20 imports no such module; what its users do is compile the file.
				`await WebAssembly.compile(readFileSync(new URL(import.meta.resolve(${JSON.stringify(specifier)}))));`
			: `await import(${JSON.stringify(specifier)});`,
	);
	lines.unshift('import { readFileSync } from "node:fs";');
	writeFileSync(join(folder, "import-all.js"), lines.join("\n"));
	const { ok, output } = await runProgram(process.execPath, ["import-all.js"], folder);
	return ok ? [] : [`cannot be imported (${specifiers.join(", ")}):\n${output}`];
}

async function runSample(folder: string, name: string, { code }: ReadmeSample): Promise<string[]> {
	if (code === undefined) return [];
	writeFileSync(join(folder, `${name}.ts`), code);
	writeJson(join(folder, "tsconfig.json"), { compilerOptions: COMPILER_OPTIONS, files: [`${name}.ts`] });
	const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
	const compiled = await runProgram(process.execPath, [tsc, "-p", folder], folder);
	if (!compiled.ok) return [`the README's sample (${name}) does not compile:\n${compiled.output}`];
	const workingDirectory = mkdtempSync(join(folder, "work-"));
	const ran = await runProgram(process.execPath, [join(folder, "out", `${name}.js`)], workingDirectory);
	return ran.ok ? [] : [`the README's sample (${name}) fails:\n${ran.output}`];
}

async function runCommands(folder: string, { name, bin = {} }: PackedManifest): Promise<string[]> {
	const results = Object.entries(bin).map(async ([command, file]) => {
		if (!existsSync(join(folder, "node_modules", ".bin", command))) return `${command} is not installed as a command`;
		const { ok, output } = await runProgram(process.execPath, [join("node_modules", name, file), "--help"], folder);
		return ok && output.trim() ? undefined : `${command} --help fails:\n${output}`;
	});
	return (await Promise.all(results)).filter((problem) => problem !== undefined);
}

function nodeTypesVersion(): string {
	const manifest = readFileSync(join(ROOT, "node_modules", "@types", "node", "package.json"), "utf8");
	return (JSON.parse(manifest) as { version: string }).version;
}

function writeJson(file: string, value: object): void {
	writeFileSync(file, JSON.stringify(value, null, 2));
}
