import { isNodeFile } from "./import-rules.ts";
import { DETERMINISTIC_PACKAGES, REAL_TIME_AND_CHANCE, RUNTIME_PROBES } from "./layers.ts";
import { importedModules, isNode, locate, type SourceFile, type SyntaxNode, walk } from "./source-file.ts";
import type { Violation } from "./violation.ts";

const NODE_GLOBALS = ["process", "Buffer", "global", "require", "__dirname", "__filename"];

const TIME_AND_CHANCE_GLOBALS = ["setTimeout", "setInterval", "setImmediate", "performance"];

/** Globals that are fine but for some of their members. An alias of the whole (`const m = Math`) would hide these. */
const TIME_AND_CHANCE_MEMBERS: Readonly<Record<string, readonly string[]>> = {
	Date: ["now"],
	Math: ["random"],
	crypto: ["randomUUID", "getRandomValues"],
	AbortSignal: ["timeout"],
};

/** Modules that offer the same by import; an empty list stands for every name. */
const TIME_AND_CHANCE_MODULES: Readonly<Record<string, readonly string[]>> = {
	"node:timers": [],
	"node:timers/promises": [],
	"node:perf_hooks": [],
	"node:crypto": [
		"randomUUID",
		"randomBytes",
		"randomInt",
		"randomFill",
		"randomFillSync",
		"getRandomValues",
		"webcrypto",
	],
	uuid: ["v1", "v4", "v6", "v7"],
};

/** Uses of Node's globals outside Node subpaths, and of real time and chance where `Clock` and `Random` are the rule. */
export function checkGlobals(file: SourceFile): Violation[] {
	const [, layer = ""] = file.path.split("/");
	const deterministic = DETERMINISTIC_PACKAGES.includes(layer) && !REAL_TIME_AND_CHANCE.includes(file.path);
	const portable = !isNodeFile(file.path);
	const found: Violation[] = [];
	walk(file.program, (node, ancestors, field) => {
		if (isTypeOnly(node)) return "skip";
		const name = globalName(node, ancestors, field);
		if (!name) return undefined;
		const where = locate(file, node);
		const isProbe = node.type === "MemberExpression" && RUNTIME_PROBES.includes(file.path);
		if (portable && NODE_GLOBALS.includes(name) && !isProbe) {
			found.push({ where, problem: `uses ${name} outside a Node subpath` });
		} else if (deterministic && usesTimeOrChance(name, node, ancestors)) {
			found.push({ where, problem: `uses ${name} directly: take it from Clock or Random` });
		}
		return undefined;
	});
	return deterministic ? [...found, ...checkModules(file)] : found;
}

function checkModules(file: SourceFile): Violation[] {
	return importedModules(file).flatMap(({ specifier = "", names, where }) => {
		const banned = TIME_AND_CHANCE_MODULES[specifier];
		if (!banned || (banned.length > 0 && !names.some((name) => name === "*" || banned.includes(name)))) return [];
		return [{ where, problem: `imports time or chance from ${specifier}: take it from Clock or Random` }];
	});
}

/**
 * The global that an identifier, or a member of `globalThis`, names. A local variable of the same name counts: whoever
 * reads the code would take it for the global.
 */
function globalName(node: SyntaxNode, [parent]: readonly SyntaxNode[], field: string): string | undefined {
	if (node.type === "MemberExpression" && isGlobalThis(node.object)) return memberName(node);
	if (node.type !== "Identifier" || isPropertyName(parent, field)) return undefined;
	return String(node.name);
}

function isPropertyName(parent: SyntaxNode | undefined, field: string): boolean {
	if (!parent) return false;
	if (field === "property") return parent.type === "MemberExpression" && parent.computed !== true;
	if (field === "key") return parent.computed !== true;
	return field === "imported" || field === "exported";
}

function usesTimeOrChance(name: string, node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
	if (TIME_AND_CHANCE_GLOBALS.includes(name)) return true;
	const parent = ancestors.find((ancestor) => !CASTS.includes(ancestor.type));
	const isObject = parent?.type === "MemberExpression" && uncast(parent.object) === node;
	if (name === "globalThis") return !isObject;
	const bannedMembers = TIME_AND_CHANCE_MEMBERS[name];
	if (!bannedMembers) return false;
	if (isObject) {
		const member = memberName(parent);
		return member === undefined || bannedMembers.includes(member);
	}
	// `new Date(0)` and `x instanceof Date` read no clock.
	if (parent?.type === "NewExpression") return Array.isArray(parent.arguments) && parent.arguments.length === 0;
	return !(parent?.type === "BinaryExpression" && parent.operator === "instanceof");
}

/** The name after the dot or in the brackets; undefined when it is computed. */
function memberName(node: SyntaxNode): string | undefined {
	if (!isNode(node.property)) return undefined;
	if (node.computed !== true) return String(node.property.name);
	return node.property.type === "Literal" ? String(node.property.value) : undefined;
}

function isGlobalThis(value: unknown): boolean {
	const node = uncast(value);
	return isNode(node) && node.type === "Identifier" && node.name === "globalThis";
}

const CASTS = ["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression", "TSTypeAssertion"];

/** The expression without casts. */
function uncast(value: unknown): unknown {
	return isNode(value) && CASTS.includes(value.type) ? uncast(value.expression) : value;
}

/** Types are erased: naming a global there uses nothing. */
function isTypeOnly(node: SyntaxNode): boolean {
	return node.type.startsWith("TS") && !CASTS.includes(node.type);
}
