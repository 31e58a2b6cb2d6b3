import { describe, expect, it } from "vitest";
import { parseSource } from "../src/source-file.ts";
import { checkNothingIsSkipped } from "../src/test-rules.ts";
import { listTypeScript, readPackages, readText } from "../src/workspace.ts";

describe("the tests of this repository", () => {
	it("all run", () => {
		const parents = ["packages", "private", "examples"] as const;
		const folders = parents.flatMap(readPackages).map(({ folder }) => folder);
		const paths = folders.flatMap((folder) => listTypeScript(`${folder}/test`));
		expect(paths).not.toEqual([]);
		expect(paths.flatMap((path) => checkNothingIsSkipped(parseSource(path, readText(path))))).toEqual([]);
	});
});

describe("the check for skipped tests", () => {
	it.each(["it.skip('x', f);", "describe.only('x', f);", "test.concurrent.skipIf(ci)('x', f);", "it.todo('x');"])(
		"refuses %s",
		(text) => {
			expect(checkNothingIsSkipped(parseSource("a.test.ts", text))).toHaveLength(1);
		},
	);

	it.each(["it('skip', f);", "iterator.skip(2);", "test.each([1])('x', f);"])("allows %s", (text) => {
		expect(checkNothingIsSkipped(parseSource("a.test.ts", text))).toEqual([]);
	});
});
