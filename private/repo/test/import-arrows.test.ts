import { describe, expect, it } from "vitest";
import { checkDependencies, checkImports, reachableFrom } from "../src/import-rules.ts";
import { LAYERS, SEPARATE_ENTRIES } from "../src/layers.ts";
import { parseSource, type SourceFile } from "../src/source-file.ts";
import type { Manifest } from "../src/workspace.ts";
import { listTypeScript, readPackages, readText } from "../src/workspace.ts";

const packages = readPackages("packages").map(({ folder, manifest }) => ({
	folder,
	manifest,
	sources: listTypeScript(`${folder}/src`).map((path) => parseSource(path, readText(path))),
}));

describe("the packages of this repository", () => {
	it("import along the arrows only, and Node only in Node subpaths", () => {
		expect(packages.flatMap(({ sources }) => sources.flatMap(checkImports))).toEqual([]);
	});

	it("declare what they use, and use what they declare", () => {
		expect(packages.flatMap(({ folder, manifest, sources }) => checkDependencies(folder, manifest, sources))).toEqual(
			[],
		);
	});

	it("are all known to the table of arrows, which has no circle", () => {
		for (const { folder } of packages) expect(Object.keys(LAYERS)).toContain(folder.replace("packages/", ""));
		for (const layer of Object.keys(LAYERS)) expect([...layersBelow(layer)]).not.toContain(layer);
	});

	it("give a reader no writer's code", () => {
		const files = new Map(packages.flatMap(({ sources }) => sources).map((file) => [file.path, file]));
		for (const { entry, never } of SEPARATE_ENTRIES) {
			expect([...reachableFrom(entry, files)].filter((path) => never.test(path))).toEqual([]);
		}
	});
});

describe("the check of imports", () => {
	it.each([
		["wal-store/src/memory.ts", 'import { WalAppender } from "@memwal/wal-core";', "points the wrong way"],
		["wal-store/src/memory.ts", 'export * from "@memwal/wal-ipc-wasm";', "points the wrong way"],
		["wal-core/src/index.ts", 'import type { Index } from "@memwal/wal-index";', "points the wrong way"],
		["wal-core/src/index.ts", 'const index = await import("@memwal/wal-index");', "points the wrong way"],
		["wal-core/src/index.ts", 'type Index = import("@memwal/wal-index").Index;', "points the wrong way"],
		["wal-core/src/index.ts", 'import "../../wal-store/src/memory.ts";', "reaches out of its package"],
		["wal-core/src/index.ts", 'import { readFile } from "node:fs/promises";', "needs Node"],
		["wal-core/src/index.ts", 'import { readFile } from "fs";', "needs Node"],
		["wal-core/src/index.ts", 'import { fsStore } from "@memwal/wal-store/fs";', "loads Node-only code"],
		["wal-store/src/open-store.ts", 'import { fsStore } from "./fs.ts";', "loads Node-only code"],
		["wal-core/src/index.ts", "await import(name);", "imports a computed name"],
	])("in %s refuses %s", (path, text, problem) => {
		const [violation] = checkImports(parseSource(`packages/${path}`, text));
		expect(violation).toMatchObject({ where: `packages/${path}:1`, problem: expect.stringContaining(problem) });
	});

	it.each([
		["wal-core/src/index.ts", 'export { openStore } from "@memwal/wal-store";'],
		["wal-store/src/open-store.ts", 'const { fsStore } = await import("./fs.ts");'],
		["wal-store/src/open-store.ts", 'import type { FsOptions } from "./fs.ts";'],
		["wal-store/src/fs.ts", 'import { link } from "node:fs/promises";'],
		["wal-cli/src/main.ts", 'import { fsStore } from "@memwal/wal-store/fs";'],
		["wal-core/src/index.ts", '// import "@memwal/wal-index"\nconst text = `import "node:fs"`;'],
	])("in %s allows %s", (path, text) => {
		expect(checkImports(parseSource(`packages/${path}`, text))).toEqual([]);
	});

	it("finds a dependency that is not declared, and one that is not used", () => {
		const manifest: Manifest = {
			name: "@memwal/x",
			dependencies: { idle: "1.0.0" },
			peerDependencies: { "@a/b": "*" },
		};
		const source = parseSource("packages/x/src/index.ts", 'import "@a/b/deep";\nimport "missing/deep";');
		expect(checkDependencies("packages/x", manifest, [source])).toEqual([
			{ where: "packages/x/src/index.ts:2", problem: expect.stringContaining("uses missing") },
			{ where: "packages/x/package.json", problem: expect.stringContaining("declares idle") },
		]);
	});

	it("follows static imports from file to file, and leaves types and dynamic imports alone", () => {
		const files = new Map<string, SourceFile>(
			Object.entries({
				"p/a.ts": 'export { b } from "./b.ts"; import type { D } from "./d.ts"; await import("./e.ts");',
				"p/b.ts": 'import "./deep/c.ts";',
				"p/deep/c.ts": 'import "../a.ts";',
				"p/d.ts": "",
				"p/e.ts": "",
			}).map(([path, text]) => [path, parseSource(path, text)]),
		);
		expect([...reachableFrom("p/a.ts", files)].sort()).toEqual(["p/a.ts", "p/b.ts", "p/deep/c.ts"]);
	});
});

function layersBelow(layer: string): Set<string> {
	const below = new Set<string>();
	const pending = [...(LAYERS[layer] ?? [])];
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		if (!below.has(next)) pending.push(...(LAYERS[next] ?? []));
		below.add(next);
	}
	return below;
}
