import { describe, expect, it } from "vitest";
import { checkFiles } from "../src/file-rules.ts";
import { ownClosure, type PackedPackage } from "../src/packed-package.ts";

const GOOD = ["LICENSE", "README.md", "package.json", "dist/a.js", "dist/a.d.ts", "src/a.ts", "src/testing.ts"];

describe("the files of a packed package", () => {
	it("are dist with its sources, README, LICENSE and manifest", () => {
		expect(checkFiles(GOOD)).toEqual([]);
	});

	it.each(["test/a.test.ts", "src/a.test.ts", "dist/.tsbuildinfo", "src/test/a.ts", "dist/gone.js"])(
		"are not %s",
		(file) => {
			expect(checkFiles([...GOOD, file])).toEqual([expect.stringContaining(file)]);
		},
	);

	it.each(["LICENSE", "README.md", "package.json"])("include %s", (file) => {
		expect(checkFiles(GOOD.filter((other) => other !== file))).toEqual([`lacks ${file}`]);
	});

	it("are nothing without dist", () => {
		expect(checkFiles(GOOD.filter((file) => !file.startsWith("dist/")))).toEqual(["lacks dist: build it first"]);
	});
});

describe("the packages that come along", () => {
	it("are those that are declared, directly or by another that comes along", () => {
		const packages = new Map(
			Object.entries({ a: ["b", "foreign"], b: ["c"], c: [], d: ["a"] }).map(([name, needs]) => [
				name,
				packed(name, needs),
			]),
		);
		expect([...ownClosure("a", packages)].sort()).toEqual(["a", "b", "c"]);
	});
});

function packed(name: string, needs: readonly string[]): PackedPackage {
	const dependencies = Object.fromEntries(needs.map((need) => [need, "0.1.0"]));
	return { name, folder: "", tarball: "", files: [], manifest: { name, dependencies } };
}
