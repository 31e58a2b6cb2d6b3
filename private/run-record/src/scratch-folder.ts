import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The clone's own `.cache`, which Git ignores; the same from `src` and from `dist`. */
const CACHE = fileURLToPath(new URL("../../../.cache/", import.meta.url));

export interface ScratchFolder {
	readonly path: string;
	remove(): void;
}

/**
 * A new, empty folder on the disk that the clone is on.
 *
 * Not the system's folder for temporaries: that is often a RAM disk, where an fsync costs nothing and proves nothing.
 */
export function openScratchFolder(purpose: string): ScratchFolder {
	mkdirSync(CACHE, { recursive: true });
	const path = mkdtempSync(join(CACHE, `${purpose}-`));
	return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
