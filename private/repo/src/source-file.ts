import { parseSync, visitorKeys } from "oxc-parser";

/** A node of the syntax tree, as ESTree and its TypeScript extension name them. */
export interface SyntaxNode {
	readonly type: string;
	readonly start: number;
	readonly [field: string]: unknown;
}

/** A parsed TypeScript file. */
export interface SourceFile {
	/** Path from the root, with `/`. */
	readonly path: string;
	readonly text: string;
	readonly program: SyntaxNode;
}

/** A module that a file asks for. */
export interface ImportedModule {
	/** Undefined when it is computed while the program runs. */
	readonly specifier: string | undefined;
	readonly names: readonly string[];
	/** `type`: erased when compiled. `dynamic`: loaded only when the code gets there. */
	readonly kind: "static" | "dynamic" | "type";
	readonly where: string;
}

/** @throws {SyntaxError} for text that is not TypeScript. */
export function parseSource(path: string, text: string): SourceFile {
	const { program, errors } = parseSync(path, text, { lang: "ts", sourceType: "module", preserveParens: false });
	const [error] = errors;
	if (error) throw new SyntaxError(`${path}: ${error.message}`);
	return { path, text, program: program as unknown as SyntaxNode };
}

/** Path and line of a node, as an editor can open it. */
export function locate(file: SourceFile, node: SyntaxNode): string {
	return `${file.path}:${file.text.slice(0, node.start).split("\n").length}`;
}

/** Calls `enter` for every node, parents first; where that answers `"skip"`, not for what is inside. */
export function walk(
	node: SyntaxNode,
	enter: (node: SyntaxNode, ancestors: readonly SyntaxNode[], field: string) => "skip" | undefined,
	ancestors: readonly SyntaxNode[] = [],
	field = "",
): void {
	if (enter(node, ancestors, field) === "skip") return;
	for (const key of visitorKeys[node.type] ?? []) {
		const value = node[key];
		for (const child of Array.isArray(value) ? value : [value]) {
			if (isNode(child)) walk(child, enter, [node, ...ancestors], key);
		}
	}
}

/** Every module that the file asks for, in whatever way. */
export function importedModules(file: SourceFile): ImportedModule[] {
	const found: ImportedModule[] = [];
	walk(file.program, (node) => {
		const kind = importKind(node);
		if (kind && isNode(node.source)) {
			const { value } = node.source;
			found.push({
				specifier: node.source.type === "Literal" && typeof value === "string" ? value : undefined,
				names: importedNames(node),
				kind,
				where: locate(file, node),
			});
		}
		return undefined;
	});
	return found;
}

function importKind(node: SyntaxNode): ImportedModule["kind"] | undefined {
	switch (node.type) {
		case "ImportDeclaration":
			return node.importKind === "type" ? "type" : "static";
		case "ExportNamedDeclaration":
		case "ExportAllDeclaration":
			return node.exportKind === "type" ? "type" : "static";
		case "ImportExpression":
			return "dynamic";
		case "TSImportType":
			return "type";
		default:
			return undefined;
	}
}

function importedNames(node: SyntaxNode): string[] {
	const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
	return specifiers.map((specifier) => {
		const name = node.type === "ImportDeclaration" ? specifier.imported : specifier.local;
		return isNode(name) ? String(name.name ?? name.value) : "*";
	});
}

export function isNode(value: unknown): value is SyntaxNode {
	return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
