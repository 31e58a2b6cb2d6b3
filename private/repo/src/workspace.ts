import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the clone; the same from `src` and from `dist`. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The fields of a `package.json` that the rules look at. */
export interface Manifest {
	readonly name: string;
	readonly private?: boolean;
	readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
	readonly peerDependencies?: Readonly<Record<string, string>>;
	readonly [field: string]: unknown;
}

/** A package of this workspace. */
export interface WorkspacePackage {
	/** Path from the root: `packages/wal-core`. */
	readonly folder: string;
	readonly manifest: Manifest;
}

/** The packages under `packages` (published), `private` or `examples` (not), in the order of their names. */
export function readPackages(parent: "packages" | "private" | "examples"): WorkspacePackage[] {
	return readdirSync(join(ROOT, parent))
		.map((name) => `${parent}/${name}`)
		.filter((folder) => existsSync(join(ROOT, folder, "package.json")))
		.sort()
		.map((folder) => ({ folder, manifest: JSON.parse(readText(`${folder}/package.json`)) as Manifest }));
}

/** Paths from the root of every file below a folder whose name matches, without what is installed or built. */
export function listFiles(folder: string, name: RegExp): string[] {
	if (!pathExists(folder)) return [];
	return readdirSync(join(ROOT, folder), { withFileTypes: true })
		.filter((entry) => !entry.name.startsWith(".") && !NOT_SOURCE.has(entry.name))
		.flatMap((entry) => {
			const path = posix.join(folder, entry.name);
			if (entry.isDirectory()) return listFiles(path, name);
			return name.test(entry.name) ? [path] : [];
		})
		.sort();
}

const NOT_SOURCE: ReadonlySet<string> = new Set(["node_modules", "dist", "golden", "memwal-demo"]);

/** The TypeScript files among {@link listFiles}. */
export function listTypeScript(folder: string): string[] {
	return listFiles(folder, /\.ts$/);
}

/** The text of a file named by its path from the root. */
export function readText(path: string): string {
	return readFileSync(join(ROOT, path), "utf8");
}

/** Whether there is a file or folder at this path from the root. */
export function pathExists(path: string): boolean {
	return existsSync(join(ROOT, path));
}
