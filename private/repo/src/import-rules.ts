import { builtinModules } from "node:module";
import { posix } from "node:path";
import { LAYERS, NODE_FILES, NODE_SUBPATHS } from "./layers.ts";
import { type ImportedModule, importedModules, type SourceFile } from "./source-file.ts";
import type { Violation } from "./violation.ts";
import type { Manifest } from "./workspace.ts";

const SCOPE = "@memwal/";

/** Whether the file belongs to the part of its package that runs on Node only. */
export function isNodeFile(path: string): boolean {
	return NODE_FILES.some((pattern) => pattern.test(path));
}

/** Imports of one source file of a published package that point where they may not. */
export function checkImports(file: SourceFile): Violation[] {
	return importedModules(file).flatMap(({ specifier, kind, where }) => {
		const problem = specifier === undefined ? "imports a computed name" : problemWith(file.path, specifier, kind);
		return problem ? [{ where, problem }] : [];
	});
}

function problemWith(path: string, specifier: string, kind: ImportedModule["kind"]): string | undefined {
	const [, layer = ""] = path.split("/");
	const loadsNode = kind === "static" && !isNodeFile(path);
	if (specifier.startsWith(".")) {
		const target = posix.join(posix.dirname(path), specifier);
		if (!target.startsWith(`packages/${layer}/src/`)) return `reaches out of its package: ${specifier}`;
		return loadsNode && isNodeFile(target) ? `loads Node-only code outside a Node subpath: ${specifier}` : undefined;
	}
	if (isBuiltin(specifier)) {
		return isNodeFile(path) ? undefined : `needs Node outside a Node subpath: ${specifier}`;
	}
	if (!specifier.startsWith(SCOPE)) return undefined;
	const imported = packageOf(specifier).slice(SCOPE.length);
	if (!LAYERS[layer]?.includes(imported)) return `points the wrong way: ${layer} may not import ${imported}`;
	if (loadsNode && NODE_SUBPATHS.includes(specifier)) {
		return `loads Node-only code outside a Node subpath: ${specifier}`;
	}
	return undefined;
}

/** Packages that sources use but the manifest does not declare, and the other way round. */
export function checkDependencies(folder: string, manifest: Manifest, sources: readonly SourceFile[]): Violation[] {
	const declared = new Set([
		...Object.keys(manifest.dependencies ?? {}),
		...Object.keys(manifest.peerDependencies ?? {}),
	]);
	const used = new Map<string, string>();
	for (const { specifier, where } of sources.flatMap(importedModules)) {
		if (specifier && !specifier.startsWith(".") && !isBuiltin(specifier)) used.set(packageOf(specifier), where);
	}
	const undeclared = [...used].filter(([name]) => !declared.has(name) && name !== manifest.name);
	const unused = [...declared].filter((name) => !used.has(name));
	return [
		...undeclared.map(([name, where]) => ({ where, problem: `uses ${name}, which its package.json does not declare` })),
		...unused.map((name) => ({
			where: `${folder}/package.json`,
			problem: `declares ${name}, which src never imports`,
		})),
	];
}

/** Every file that loading `entry` loads too, dynamic imports excepted. */
export function reachableFrom(entry: string, sources: ReadonlyMap<string, SourceFile>): Set<string> {
	const reached = new Set<string>();
	const pending = [entry];
	for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
		const file = sources.get(path);
		if (!file || reached.has(path)) continue;
		reached.add(path);
		for (const { specifier, kind } of importedModules(file)) {
			if (kind === "static" && specifier?.startsWith(".")) pending.push(posix.join(posix.dirname(path), specifier));
		}
	}
	return reached;
}

function packageOf(specifier: string): string {
	return specifier
		.split("/")
		.slice(0, specifier.startsWith("@") ? 2 : 1)
		.join("/");
}

function isBuiltin(specifier: string): boolean {
	return specifier.startsWith("node:") || builtinModules.includes(specifier);
}
