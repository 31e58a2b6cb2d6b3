import type { Json, NeutralEntry } from "@memwal-private/arrow-samples";
import { tableFromIPC } from "@uwdata/flechette";

/** Values as flechette gives them where it is asked to lose nothing. */
const EXACT = { useBigInt: true, useBigIntTimestamp: true, useDecimalInt: true } as const;

const DAY_MS = 86_400_000;

/** Where what flechette reads in an uncompressed entry differs from what is in it; `undefined` where nothing does. */
export function flechetteDifference(bytes: Uint8Array, { fields, batches }: NeutralEntry): string | undefined {
	const { names, children: columns } = tableFromIPC(bytes, EXACT);
	for (const [index, field] of fields.entries()) {
		const { name, type } = field as { readonly name: string; readonly type: Json };
		const column = columns[index];
		if (names[index] !== name) return `column ${index} is called ${names[index]}, not ${name}`;
		for (const [batch, expected] of batches.map((values) => values[index] ?? []).entries()) {
			for (const [row, value] of expected.entries()) {
				const found = column?.data[batch]?.at(row);
				if (!isSame(type, value, found)) {
					return `column ${index}, batch ${batch}, row ${row}: ${JSON.stringify(value)} of ${JSON.stringify(type)} is ${String(found)}`;
				}
			}
		}
	}
	return undefined;
}

function isSame(type: Json, expected: Json, found: unknown): boolean {
	const [kind, ...rest] = type as readonly [string, ...Json[]];
	// It gives the value of a union without its type id, and nothing for a null in it.
	if (kind.endsWith("-union")) return isSameUnion(rest, expected, found);
	if (expected === null) return found === null || found === undefined;
	switch (kind) {
		case "bool":
		case "utf8":
		case "large-utf8":
		case "utf8-view":
			return found === expected;
		case "int":
		case "uint":
		case "time":
		case "timestamp":
		case "duration":
			return String(found) === expected;
		case "interval":
			return Array.isArray(expected) ? String(expected) === String(found) : String(found) === expected;
		case "float":
			return Object.is(found, floatOf(expected as string));
		case "decimal":
			return BigInt(found as bigint) === decimalOf(expected as string);
		case "date":
			return found === Number(expected) * (rest[0] === "day" ? DAY_MS : 1);
		case "binary":
		case "large-binary":
		case "binary-view":
		case "fixed-size-binary":
			return Buffer.from(found as Uint8Array).toString("hex") === expected;
		case "list":
		case "large-list":
		case "fixed-size-list":
			return isSameList(fieldsOf(rest.at(-1))[0]?.type ?? null, expected, found);
		case "struct":
			return fieldsOf(rest[0]).every(({ name, type: inner }, index) =>
				isSame(inner, (expected as readonly Json[])[index] ?? null, (found as Record<string, unknown>)[name]),
			);
		case "map": {
			const [, key = null, value = null] = rest;
			const pairs = found as readonly (readonly [unknown, unknown])[];
			return (
				pairs.length === (expected as Json[]).length &&
				(expected as readonly (readonly [Json, Json])[]).every(
					([k, v], index) => isSame(key, k, pairs[index]?.[0]) && isSame(value, v, pairs[index]?.[1]),
				)
			);
		}
		case "dictionary":
			return isSame(rest[2] as Json, expected, found);
		default:
			return false;
	}
}

interface Field {
	readonly name: string;
	readonly type: Json;
}

function fieldsOf(json: Json | undefined): readonly Field[] {
	return json as readonly unknown[] as readonly Field[];
}

function isSameUnion([ids, fields]: readonly Json[], expected: Json, found: unknown): boolean {
	const [id, value] = expected as readonly [number, Json];
	const field = fieldsOf(fields)[(ids as readonly number[]).indexOf(id)];
	return field !== undefined && isSame(field.type, value, found);
}

function isSameList(type: Json, expected: Json, found: unknown): boolean {
	const items = Array.from(found as ArrayLike<unknown>);
	const values = expected as readonly Json[];
	return items.length === values.length && values.every((value, index) => isSame(type, value, items[index]));
}

function floatOf(hex: string): number {
	const bytes = Buffer.from(hex, "hex");
	if (bytes.length === 8) return bytes.readDoubleBE();
	if (bytes.length === 4) return bytes.readFloatBE();
	const bits = bytes.readUInt16BE();
	const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
	const sign = bits >> 15 ? -1 : 1;
	if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function decimalOf(hex: string): bigint {
	const bytes = Buffer.from(hex, "hex").reverse();
	return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
}
