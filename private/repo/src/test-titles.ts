import { isNode, type SourceFile, type SyntaxNode, walk } from "./source-file.ts";

/** Between a suite's title and what is in it. */
export const TITLE_SEPARATOR = " › ";

/** The titles of a file's tests as they stand in it, behind those of the suites that they are in. */
export function testTitles(file: SourceFile): string[] {
	const titles: string[] = [];
	walk(file.program, (node, ancestors) => {
		if (!isCallOf(node, ["it", "test"])) return undefined;
		const suites = ancestors.filter((ancestor) => isCallOf(ancestor, ["describe", "suite"])).reverse();
		const path = [...suites, node].map(titleOf);
		if (!path.includes(undefined)) titles.push(path.join(TITLE_SEPARATOR));
		return undefined;
	});
	return titles;
}

/** A call of one of these functions, or of what hangs on it: `it("…")`, `it.each(rows)("…")`, `` it.each`…`("…") ``. */
function isCallOf(node: SyntaxNode, names: readonly string[]): boolean {
	return node.type === "CallExpression" && titleOf(node) !== undefined && names.includes(rootName(node.callee) ?? "");
}

function rootName(callee: unknown): string | undefined {
	if (!isNode(callee)) return undefined;
	switch (callee.type) {
		case "Identifier":
			return String(callee.name);
		case "MemberExpression":
			return rootName(callee.object);
		case "CallExpression":
			return rootName(callee.callee);
		case "TaggedTemplateExpression":
			return rootName(callee.tag);
		default:
			return undefined;
	}
}

function titleOf(call: SyntaxNode): string | undefined {
	const [title] = Array.isArray(call.arguments) ? call.arguments : [];
	if (!isNode(title)) return undefined;
	if (title.type === "Literal") return typeof title.value === "string" ? title.value : undefined;
	if (title.type !== "TemplateLiteral" || !Array.isArray(title.quasis) || title.quasis.length !== 1) return undefined;
	return (title.quasis[0] as { value: { cooked: string } }).value.cooked;
}
