import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the clone; the same from `src` and from `dist`. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Where `pack-packages` puts the tarballs, each beside the manifest that is inside. */
export const PACKED_FOLDER: string = join(ROOT, ".cache", "packed");

/** What a packed `package.json` says: versions are real ones by then. */
export interface PackedManifest {
	readonly name: string;
	readonly bin?: Readonly<Record<string, string>>;
	readonly exports?: Readonly<Record<string, unknown>>;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
	readonly peerDependencies?: Readonly<Record<string, string>>;
	readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A published package as npm would get it. */
export interface PackedPackage {
	readonly name: string;
	/** Absolute path of its source folder. */
	readonly folder: string;
	/** Absolute path of the tarball. */
	readonly tarball: string;
	readonly manifest: PackedManifest;
	/** Paths inside the tarball, without the leading `package/`. */
	readonly files: readonly string[];
}

/** What the last `pack-packages` made. */
export function readPackedPackages(): PackedPackage[] {
	return readdirSync(PACKED_FOLDER)
		.filter((file) => file.endsWith(".json"))
		.sort()
		.map((file) => JSON.parse(readFileSync(join(PACKED_FOLDER, file), "utf8")) as PackedPackage);
}

/** The packages of ours that come along when this one is installed, as its manifest and theirs declare. */
export function ownClosure(name: string, packages: ReadonlyMap<string, PackedPackage>): Set<string> {
	const closure = new Set<string>();
	const pending = [name];
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		const found = packages.get(next);
		if (!found || closure.has(next)) continue;
		closure.add(next);
		pending.push(...Object.keys(found.manifest.dependencies ?? {}));
	}
	return closure;
}
