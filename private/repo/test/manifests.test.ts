import { describe, expect, it } from "vitest";
import { checkCatalog, checkExactVersions, checkExports, checkPublishedFields } from "../src/manifest-rules.ts";
import { listTypeScript, type Manifest, pathExists, readPackages, readText } from "../src/workspace.ts";

const published = readPackages("packages");
const unpublished = [...readPackages("private"), ...readPackages("examples")];
const all = [...published, ...unpublished];

describe("the manifests of this repository", () => {
	it("name exact versions", () => {
		const root = JSON.parse(readText("package.json")) as Manifest;
		expect([
			...checkExactVersions("package.json", root),
			...all.flatMap(({ folder, manifest }) => checkExactVersions(`${folder}/package.json`, manifest)),
			...checkCatalog("pnpm-workspace.yaml", readText("pnpm-workspace.yaml")),
		]).toEqual([]);
	});

	it("export files that exist, the source first", () => {
		expect(published.flatMap(({ folder, manifest }) => checkExports(folder, manifest, pathExists))).toEqual([]);
	});

	it("carry the name of their folder, a licence, an engine and a README", () => {
		for (const { folder, manifest } of published) {
			expect(manifest.name).toBe(folder.replace("packages/", "@memwal/"));
			expect(checkPublishedFields(folder, manifest)).toEqual([]);
			expect(`${folder}/README.md ${pathExists(`${folder}/README.md`)}`).toBe(`${folder}/README.md true`);
		}
		for (const { manifest } of unpublished) expect(manifest.private).toBe(true);
	});
});

describe("the files of this repository", () => {
	it("are named after what they hold", () => {
		const named = all.flatMap(({ folder }) => listTypeScript(folder)).map((path) => path.split("/").at(-1) ?? "");
		expect(named.filter((name) => /^(utils?|helpers?|common|types|misc)\.ts$/.test(name))).toEqual([]);
		expect(named.filter((name) => !/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(name) && !name.endsWith("_pb.ts"))).toEqual(
			[],
		);
	});

	it("pin the public surface of every package that can be imported", () => {
		const importable = published.filter(({ manifest }) => Object.keys(manifest.exports ?? {}).length > 1);
		const unpinned = importable.filter(({ folder }) => !pathExists(`${folder}/test/public-api.test.ts`));
		expect(unpinned.map(({ folder }) => folder)).toEqual([]);
	});
});

describe("the check of manifests", () => {
	it.each(["^1.0.0", "~1.0.0", "1.x", "latest", "*", ">=1.0.0", "workspace:^", "npm:other@^1.0.0"])(
		"refuses version %s",
		(version) => {
			expect(checkExactVersions("p", { name: "p", devDependencies: { dep: version } })).toHaveLength(1);
		},
	);

	it.each(["1.0.0", "1.0.0-rc.1", "workspace:*", "catalog:", "npm:@scope/other@1.0.0"])(
		"allows version %s",
		(version) => {
			expect(checkExactVersions("p", { name: "p", dependencies: { dep: version } })).toEqual([]);
		},
	);

	it("refuses a range in the catalog", () => {
		expect(checkCatalog("w", 'catalog:\n  a: 1.0.0\n  b: "^1.0.0"\n')).toEqual([
			{ where: "w", problem: "b needs an exact version, not ^1.0.0" },
		]);
	});

	const good = { "@memwal/source": "./src/a.ts", types: "./dist/a.d.ts", default: "./dist/a.js" };
	const { "@memwal/source": source, ...built } = good;
	it.each([
		["the source is not first", { ...built, "@memwal/source": source }],
		["the source is missing", built],
		["dist is another file's", { ...good, default: "./dist/b.js" }],
		["the source does not exist", JSON.parse(JSON.stringify(good).replaceAll("/a.", "/gone."))],
	])("refuses an export where %s", (_reason, target) => {
		const manifest: Manifest = { name: "p", exports: { ".": target, "./package.json": "./package.json" } };
		expect(checkExports("packages/p", manifest, (path) => !path.includes("gone"))).toHaveLength(1);
	});

	it("allows a good export, and wants ./package.json beside it", () => {
		const check = (exports: NonNullable<Manifest["exports"]>) => checkExports("p", { name: "p", exports }, () => true);
		expect(check({ ".": good, "./package.json": "./package.json" })).toEqual([]);
		expect(check({ ".": good })).toHaveLength(1);
	});

	it("refuses a published package without licence or with side effects", () => {
		const manifest: Manifest = { name: "p", description: "d", type: "module", engines: { node: ">=20.19.0" } };
		expect(checkPublishedFields("p", manifest).map(({ problem }) => problem)).toEqual([
			'license must be "Apache-2.0"',
			"sideEffects must be false",
		]);
	});
});
