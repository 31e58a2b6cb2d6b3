/** What a row of `docs/conformance.md` gives for a name of the seed, or for a case. */
export type Counterpart =
	/** Declarations of ours. */
	| { readonly kind: "source"; readonly citations: readonly Citation[] }
	/** Tests of ours. */
	| { readonly kind: "tests"; readonly citations: readonly Citation[] }
	/** A name of the seed's that is itself a case of the other table. */
	| { readonly kind: "case"; readonly name: string }
	/** Nothing, and that is right. */
	| { readonly kind: "none"; readonly reason: string }
	/** Nothing yet, and nobody said why. */
	| { readonly kind: "open" };

/** A name in a file; the path is from the root. */
export interface Citation {
	readonly name: string;
	readonly path: string;
}

export interface ConformanceRow {
	readonly name: string;
	readonly counterpart: Counterpart;
}

const LINK = /\[([^\]]+)\]\(\.\.\/([^)]+)\)/g;
const CASE = /^Case `([^`]+)`$/;
const NONE = /^None: (.+)$/;

/** The rows of the tables under a heading of the second level, subsections included: first and last cell of each. */
export function conformanceRows(text: string, heading: string): ConformanceRow[] {
	const [, section = ""] = text.split(`\n## ${heading}\n`);
	const [tables = ""] = section.split(/^## /m, 1);
	return tables
		.split("\n")
		.filter((line) => line.startsWith("| ") && !/^\| (seed|case) \|/.test(line))
		.map((line) => {
			const cells = line.slice(2, -2).split(" | ");
			return { name: cells.at(0)?.replaceAll("`", "") ?? "", counterpart: parseCell(cells.at(-1)?.trim() ?? "") };
		});
}

function parseCell(cell: string): Counterpart {
	const [, name] = CASE.exec(cell) ?? [];
	if (name !== undefined) return { kind: "case", name };
	const [, reason] = NONE.exec(cell) ?? [];
	if (reason !== undefined) return { kind: "none", reason };
	const citations = [...cell.matchAll(LINK)].map(([, label = "", path = ""]) => ({
		name: label.replaceAll("`", ""),
		path,
	}));
	if (citations.length === 0) return { kind: "open" };
	return { kind: citations.every(({ path }) => path.endsWith(".test.ts")) ? "tests" : "source", citations };
}
