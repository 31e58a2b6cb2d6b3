import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a real Lance engine wrote. */
const ROOT = fileURLToPath(new URL("../../../private/interop/golden/", import.meta.url));

export interface GoldenFile {
	/** Path below the golden trees, with forward slashes. */
	readonly path: string;
	readonly name: string;
	readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The engine's files with this ending, in order of their paths. */
export function goldenFiles(ending: ".arrow" | ".binpb" | "/version_hint.json"): readonly GoldenFile[] {
	return readdirSync(ROOT, { recursive: true, encoding: "utf8" })
		.map((path) => path.replaceAll("\\", "/"))
		.filter((path) => path.endsWith(ending))
		.sort()
		.map((path) => ({
			path,
			name: path.slice(path.lastIndexOf("/") + 1),
			bytes: Uint8Array.from(readFileSync(`${ROOT}${path}`)),
		}));
}

export function goldenFile(path: string): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(readFileSync(goldenPath(path)));
}

/** Where a path below the golden trees is on this disk. */
export function goldenPath(path: string): string {
	return `${ROOT}${path}`;
}
