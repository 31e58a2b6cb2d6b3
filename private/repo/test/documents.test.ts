import { describe, expect, it } from "vitest";
import { checkLinks } from "../src/document-rules.ts";
import { listFiles, pathExists, readText } from "../src/workspace.ts";

describe("the documents of this repository", () => {
	it("link to files that are there", () => {
		const documents = listFiles(".", /\.md$/);
		expect(documents).toContain("docs/guarantees.md");
		expect(documents.flatMap((path) => checkLinks(path, readText(path), pathExists))).toEqual([]);
	});
});

describe("the check of links", () => {
	const exists = (path: string) => path === "docs/format.md" || path === "README.md";

	it("refuses a link that leads nowhere", () => {
		expect(checkLinks("docs/a.md", "text\n[b](b.md#there)", exists)).toEqual([
			{ where: "docs/a.md:2", problem: "links to b.md#there, which is not there" },
		]);
	});

	it.each([
		"[f](format.md#trailer)",
		"[r](../README.md)",
		"[h](#here)",
		"[w](https://example.org/x.md)",
		"```\n[x](y)\n```",
	])("allows %s", (markdown) => {
		expect(checkLinks("docs/a.md", markdown, exists)).toEqual([]);
	});
});
