import { DataType, type Field } from "apache-arrow";
import { isLosslessNumber, parse } from "lossless-json";
import { Misfit, memberPath } from "./misfit.ts";

/** A JSON object, with its numbers kept as they are written. @throws SyntaxError when the text is no JSON object. */
export function parseRowExactly(text: string): object {
	return mustBeObject(parse(text));
}

/** A JSON object, fast; numbers are kept as they are written only where a double might not hold one. */
export function parseRow(text: string): object {
	// Below 16 digits every integer is exact as a double.
	return /\d{16}/.test(text) ? parseRowExactly(text) : mustBeObject(JSON.parse(text));
}

function mustBeObject(value: unknown): object {
	if (typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value)) return value;
	throw new SyntaxError("it is not a JSON object");
}

export function isWholeLiteral(literal: string): boolean {
	return /^-?\d+$/.test(literal);
}

/**
 * The row's values in the order of `fields`, as Arrow's builders take them; a field that is missing is null.
 *
 * @throws Misfit for a value that its column cannot hold exactly, and for a field that the schema lacks.
 */
export function fitRow(row: object, fields: readonly Field[], path = ""): unknown[] {
	const values = new Map(Object.entries(row));
	const fitted = fields.map(({ name, type }) => {
		const value = values.get(name);
		values.delete(name);
		return fitValue(value, type, memberPath(path, name));
	});
	for (const name of values.keys()) throw new Misfit(memberPath(path, name), "is not in the schema");
	return fitted;
}

function fitValue(value: unknown, type: DataType, path: string): unknown {
	if (value === null || value === undefined) return null;
	if (DataType.isInt(type)) return fitInteger(value, path);
	if (DataType.isFloat(type)) return fitFloat(value, path);
	if (DataType.isBool(type) && typeof value === "boolean") return value;
	if (DataType.isUtf8(type) && typeof value === "string") return value;
	if (DataType.isList(type) && Array.isArray(value)) {
		return value.map((member, index) => fitValue(member, type.valueType, `${path}[${index}]`));
	}
	if (DataType.isStruct(type) && typeof value === "object" && !Array.isArray(value) && !isLosslessNumber(value)) {
		const fitted = fitRow(value, type.children, path);
		return Object.fromEntries(type.children.map(({ name }, index) => [name, fitted[index]]));
	}
	throw notA(type, value, path);
}

function fitInteger(value: unknown, path: string): bigint {
	const literal = numberLiteral(value);
	const whole = literal === undefined ? undefined : wholeNumber(literal);
	if (whole === undefined) throw new Misfit(path, `is ${shown(value)}, but its column holds whole numbers (Int64)`);
	if (BigInt.asIntN(64, whole) !== whole) throw new Misfit(path, `is ${shown(value)}, which does not fit in 64 bits`);
	return whole;
}

function wholeNumber(literal: string): bigint | undefined {
	if (isWholeLiteral(literal)) return BigInt(literal);
	const number = Number(literal);
	return Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

function fitFloat(value: unknown, path: string): number {
	const literal = numberLiteral(value);
	if (literal === undefined) throw new Misfit(path, `is ${shown(value)}, but its column holds numbers (Float64)`);
	const number = Number(literal);
	if (!Number.isFinite(number) || (isWholeLiteral(literal) && BigInt(number) !== BigInt(literal))) {
		throw new Misfit(path, `is ${shown(value)}, which Float64 cannot hold exactly`);
	}
	return number;
}

function numberLiteral(value: unknown): string | undefined {
	if (isLosslessNumber(value)) return value.value;
	return typeof value === "number" ? String(value) : undefined;
}

function notA(type: DataType, value: unknown, path: string): Misfit {
	return new Misfit(path, `is ${shown(value)}, but its column holds ${type}`);
}

function shown(value: unknown): string {
	if (isLosslessNumber(value)) return value.value;
	if (Array.isArray(value)) return "a list";
	if (typeof value === "object" && value !== null) return "an object";
	const text = JSON.stringify(value);
	return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
