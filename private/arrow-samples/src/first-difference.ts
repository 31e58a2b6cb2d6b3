import type { Json } from "./neutral-form.ts";

/** Where two values differ first, and how; `undefined` where they are equal. Names of an object may come in any order. */
export function firstDifference(expected: Json | undefined, found: Json | undefined, path = ""): string | undefined {
	if (Array.isArray(expected) && Array.isArray(found)) {
		for (let index = 0; index < Math.max(expected.length, found.length); index++) {
			const difference = firstDifference(expected[index], found[index], `${path}[${index}]`);
			if (difference !== undefined) return difference;
		}
		return undefined;
	}
	if (isObject(expected) && isObject(found)) {
		for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
			const difference = firstDifference(expected[name], found[name], `${path}.${name}`);
			if (difference !== undefined) return difference;
		}
		return undefined;
	}
	return expected === found
		? undefined
		: `${path || "."}: ${JSON.stringify(expected)} is ${JSON.stringify(found)} there`;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
