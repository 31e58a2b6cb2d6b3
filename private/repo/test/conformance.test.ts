import { describe, expect, it } from "vitest";
import { type Citation, conformanceRows } from "../src/conformance-table.ts";
import { declaredNames, exportedNames } from "../src/declarations.ts";
import { parseSource } from "../src/source-file.ts";
import { TITLE_SEPARATOR, testTitles } from "../src/test-titles.ts";
import { pathExists, readText } from "../src/workspace.ts";

interface SeedNames {
	readonly names: Readonly<Record<string, "public" | "crate" | "private" | "test" | "imported">>;
}

interface ConformanceCases {
	readonly cases: Readonly<Record<string, readonly string[]>>;
}

const seed = JSON.parse(readText("private/repo/seed-names.json")) as SeedNames;
const conformance = JSON.parse(readText("private/repo/conformance-cases.json")) as ConformanceCases;
const text = readText("docs/conformance.md");
const nameRows = conformanceRows(text, "Names of the seed");
const caseRows = conformanceRows(text, "Cases");

const namesIn = (rows: typeof nameRows, kind: string) =>
	rows.filter(({ counterpart }) => counterpart.kind === kind).map(({ name }) => name);

function missing(citations: readonly Citation[], namesOf: (path: string) => ReadonlySet<string>): string[] {
	return citations
		.filter(({ name, path }) => !pathExists(path) || !namesOf(path).has(name))
		.map(({ name, path }) => `${path}: ${name}`);
}

function declared(path: string): ReadonlySet<string> {
	return declaredNames(parseSource(path, readText(path)));
}

/** Titles with and without those of their suites. */
function titles(path: string): ReadonlySet<string> {
	const whole = testTitles(parseSource(path, readText(path)));
	return new Set([...whole, ...whole.map((title) => title.split(TITLE_SEPARATOR).at(-1) ?? title)]);
}

const citationsOf = (rows: typeof nameRows, kind: "source" | "tests") =>
	rows.flatMap(({ counterpart }) => (counterpart.kind === kind ? counterpart.citations : []));

describe("the names of the seed", () => {
	it("have a row each, in the order of the seed", () => {
		expect(nameRows.map(({ name }) => name)).toEqual(Object.keys(seed.names));
	});

	it("lead to declarations that exist", () => {
		expect(citationsOf(nameRows, "source").length).toBeGreaterThan(40);
		expect(missing(citationsOf(nameRows, "source"), declared)).toEqual([]);
	});

	it("are left without a counterpart only where they were private or a Rust cell, and with a reason", () => {
		const without = nameRows.filter(({ counterpart }) => counterpart.kind === "none");
		for (const { name, counterpart } of without) {
			expect(seed.names[name]).toMatch(/private|imported/);
			expect(counterpart.kind === "none" && counterpart.reason.length).toBeGreaterThan(40);
		}
		expect(without).toHaveLength(3);
	});

	it("are cases where they are tests", () => {
		const tests = Object.keys(seed.names).filter((name) => name.startsWith("tests::test_"));
		const cases = nameRows.flatMap(({ name, counterpart }) =>
			counterpart.kind === "case" ? [[name, counterpart.name]] : [],
		);
		expect(cases).toEqual(tests.map((name) => [name, name.slice("tests::".length)]));
	});

	it("are never open, and never answered with a test", () => {
		expect(namesIn(nameRows, "open")).toEqual([]);
		expect(namesIn(nameRows, "tests")).toEqual([]);
	});
});

describe("the cases", () => {
	const cases = Object.values(conformance.cases).flat();

	it("have a row each, in the order of the list", () => {
		expect(new Set(cases).size).toBe(cases.length);
		expect(caseRows.map(({ name }) => name)).toEqual(cases);
	});

	it("lead to tests that exist, by file and title", () => {
		expect(citationsOf(caseRows, "tests").length).toBeGreaterThan(150);
		expect(missing(citationsOf(caseRows, "tests"), titles)).toEqual([]);
	});

	it("are left out only with a reason", () => {
		for (const { counterpart } of caseRows) {
			if (counterpart.kind === "none") expect(counterpart.reason.length).toBeGreaterThan(40);
		}
		expect(namesIn(caseRows, "none").length).toBeLessThanOrEqual(20);
	});

	it("are never open, and never answered with anything but tests", () => {
		expect(namesIn(caseRows, "open")).toEqual([]);
		expect([...namesIn(caseRows, "source"), ...namesIn(caseRows, "case")]).toEqual([]);
	});
});

describe("the reading of a table", () => {
	const table = (cell: string) =>
		`\n## Cases\n\n### Some\n\n| case | here |\n|--|--|\n| \`D1\` | ${cell} |\n\n## More\n`;

	it.each([
		["None: a reason", "none"],
		["Case `x`", "case"],
		["later", "open"],
		["", "open"],
		["[`f`](../a.ts)", "source"],
		["[a title](../a.test.ts)", "tests"],
		["[a title](../a.test.ts), [`f`](../a.ts)", "source"],
	])("takes %j for %s", (cell, kind) => {
		expect(conformanceRows(table(cell), "Cases")).toMatchObject([{ name: "D1", counterpart: { kind } }]);
	});
});

describe("the reading of a file", () => {
	it("finds what it declares, members included", () => {
		const file = parseSource(
			"a.ts",
			"export class A { static b() {} #c = 1; } interface D { e: 1 } export const F: { g(): void } = { h: 1 }; function i() {}",
		);
		expect([...declaredNames(file)]).toEqual(["A", "A.b", "A.#c", "D", "D.e", "F", "F.g", "F.h", "i"]);
		expect(exportedNames(file)).not.toContain("D");
		expect(exportedNames(file)).toContain("F");
	});

	it("finds the titles of its tests", () => {
		const file = parseSource(
			"a.test.ts",
			"describe('a', () => { it('b', f); it.each([1])(`c`, f); }); test.each`x`('d', f); f('e'); it(title, f);",
		);
		expect(testTitles(file)).toEqual(["a › b", "a › c", "d"]);
	});
});
