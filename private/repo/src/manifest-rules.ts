import { parse } from "yaml";
import type { Violation } from "./violation.ts";
import type { Manifest } from "./workspace.ts";

const EXACT = /^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;

/** Dependencies whose version is left to the day of the install. Ranges are for peers, where they say what is supported. */
export function checkExactVersions(path: string, manifest: Manifest): Violation[] {
	const versions = { ...manifest.dependencies, ...manifest.devDependencies };
	return Object.entries(versions)
		.filter(([, version]) => !EXACT.test(version) && version !== "workspace:*" && version !== "catalog:")
		.map(([name, version]) => ({ where: path, problem: `${name} needs an exact version, not ${version}` }));
}

/** The same for the catalog in `pnpm-workspace.yaml`. */
export function checkCatalog(path: string, text: string): Violation[] {
	const { catalog = {} } = parse(text) as { catalog?: Record<string, string> };
	return Object.entries(catalog)
		.filter(([, version]) => !EXACT.test(version))
		.map(([name, version]) => ({ where: path, problem: `${name} needs an exact version, not ${version}` }));
}

const REQUIRED_FIELDS: Readonly<Record<string, unknown>> = {
	license: "Apache-2.0",
	type: "module",
	sideEffects: false,
	engines: { node: ">=20.19.0" },
};

/** What every published package declares. */
export function checkPublishedFields(path: string, manifest: Manifest): Violation[] {
	const wrong = Object.entries(REQUIRED_FIELDS)
		.filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
		.map(([field, value]) => ({ where: path, problem: `${field} must be ${JSON.stringify(value)}` }));
	return manifest.description ? wrong : [...wrong, { where: path, problem: "description is missing" }];
}

/** Entry points that name no source, or whose conditions are in an order in which the source is not found first. */
export function checkExports(folder: string, manifest: Manifest, exists: (path: string) => boolean): Violation[] {
	const where = `${folder}/package.json`;
	const entries = Object.entries(manifest.exports ?? {});
	const problems = entries.flatMap(([subpath, target]) => {
		if (typeof target === "string") {
			return exists(`${folder}/${target.slice(2)}`) ? [] : [`exports ${subpath} names ${target}, which does not exist`];
		}
		const source = target["@memwal/source"] ?? "";
		const built = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
		const expected = { "@memwal/source": source, types: `${built}.d.ts`, default: `${built}.js` };
		if (JSON.stringify(target) !== JSON.stringify(expected)) {
			return [`exports ${subpath} must be { @memwal/source: ./src/x.ts, types: ./dist/x.d.ts, default: ./dist/x.js }`];
		}
		return exists(`${folder}/${source.slice(2)}`) ? [] : [`exports ${subpath} names ${source}, which does not exist`];
	});
	if (!manifest.exports?.["./package.json"]) problems.push("exports lacks ./package.json");
	return problems.map((problem) => ({ where, problem }));
}
