/** A value that its column cannot hold; `path` names the field. */
export class Misfit extends Error {
	readonly path: string;

	constructor(path: string, problem: string) {
		super(`field ${JSON.stringify(path)} ${problem}`);
		this.path = path;
	}
}

/** `a.b`: how messages name a field inside an object. */
export function memberPath(path: string, name: string): string {
	return path === "" ? name : `${path}.${name}`;
}
