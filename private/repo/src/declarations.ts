import { isNode, type SourceFile, type SyntaxNode } from "./source-file.ts";

/**
 * The names that a file declares at its top level, exported or not, and those of their members: `WalAppender`,
 * `WalAppender.append`, `WalAppender.#persist`, `WalEntry.rows`.
 */
export function declaredNames(file: SourceFile): ReadonlySet<string> {
	return new Set(nodesOf(file.program.body).flatMap((statement) => namesIn(unexported(statement))));
}

/** The names that a file exports, under their own name, from its own declarations. */
export function exportedNames(file: SourceFile): ReadonlySet<string> {
	const exported = nodesOf(file.program.body).filter(({ type }) => type === "ExportNamedDeclaration");
	return new Set(exported.flatMap((statement) => namesIn(unexported(statement))));
}

function unexported(statement: SyntaxNode): SyntaxNode {
	const { declaration } = statement;
	return statement.type === "ExportNamedDeclaration" && isNode(declaration) ? declaration : statement;
}

function namesIn(declaration: SyntaxNode): string[] {
	switch (declaration.type) {
		case "VariableDeclaration":
			return nodesOf(declaration.declarations).flatMap(({ id, init }) => withMembers(id, [typeOf(id), init]));
		case "FunctionDeclaration":
		case "ClassDeclaration":
		case "TSInterfaceDeclaration":
			return withMembers(declaration.id, [declaration.body]);
		case "TSTypeAliasDeclaration":
			return withMembers(declaration.id, [declaration.typeAnnotation]);
		default:
			return [];
	}
}

function withMembers(id: unknown, bodies: readonly unknown[]): string[] {
	if (!isNode(id) || typeof id.name !== "string") return [];
	const { name } = id;
	return [name, ...bodies.flatMap(memberNames).map((member) => `${name}.${member}`)];
}

/** What a class, an interface, an object type or an object literal has. */
function memberNames(body: unknown): string[] {
	if (!isNode(body)) return [];
	const members = [body.body, body.members, body.properties].flatMap(nodesOf);
	return members.flatMap(({ key }) => {
		if (!isNode(key) || typeof key.name !== "string") return [];
		return [key.type === "PrivateIdentifier" ? `#${key.name}` : key.name];
	});
}

/** The type that follows a variable's name. */
function typeOf(id: unknown): unknown {
	const annotation = isNode(id) ? id.typeAnnotation : undefined;
	return isNode(annotation) ? annotation.typeAnnotation : undefined;
}

function nodesOf(value: unknown): SyntaxNode[] {
	return Array.isArray(value) ? value.filter(isNode) : [];
}
