import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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

/** The packages under `packages` (published) or `private` (not), in the order of their names. */
export function readPackages(parent: "packages" | "private"): WorkspacePackage[] {
	return readdirSync(join(ROOT, parent))
		.map((name) => `${parent}/${name}`)
		.filter((folder) => existsSync(join(ROOT, folder, "package.json")))
		.sort()
		.map((folder) => ({ folder, manifest: JSON.parse(readText(`${folder}/package.json`)) as Manifest }));
}

/** Paths from the root of every TypeScript file below a folder, without what is installed or built. */
export function listTypeScript(folder: string): string[] {
	if (!existsSync(join(ROOT, folder))) return [];
	return readdirSync(join(ROOT, folder), { withFileTypes: true })
		.filter((entry) => entry.name !== "node_modules" && entry.name !== "dist")
		.flatMap((entry) => {
			const path = `${folder}/${entry.name}`;
			if (entry.isDirectory()) return listTypeScript(path);
			return /\.ts$/.test(entry.name) ? [path] : [];
		})
		.sort();
}

/** The text of a file named by its path from the root. */
export function readText(path: string): string {
	return readFileSync(join(ROOT, path), "utf8");
}

/** Whether there is a file or folder at this path from the root. */
export function pathExists(path: string): boolean {
	return existsSync(join(ROOT, path));
}
