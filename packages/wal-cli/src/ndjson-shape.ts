import { Bool, type DataType, Field, Float64, Int64, List, Schema, Struct, Utf8 } from "apache-arrow";
import { isLosslessNumber } from "lossless-json";
import { Misfit, memberPath } from "./misfit.ts";
import { isWholeLiteral } from "./ndjson-values.ts";

/** What the values of a field have in common so far. */
export type Shape =
	| { readonly kind: "null" | "boolean" | "integer" | "float" | "string" }
	| { readonly kind: "list"; readonly item: Shape }
	| { readonly kind: "object"; readonly fields: ReadonlyMap<string, Shape> };

/** The shape of one value as `lossless-json` parses it. */
export function shapeOf(value: unknown, path: string): Shape {
	if (value === null) return { kind: "null" };
	if (isLosslessNumber(value)) return { kind: isWholeLiteral(value.value) ? "integer" : "float" };
	if (Array.isArray(value)) {
		return {
			kind: "list",
			item: value.reduce<Shape>((shape, item) => mergeShapes(shape, shapeOf(item, path), path), { kind: "null" }),
		};
	}
	if (typeof value === "object") {
		const fields = Object.entries(value).map(
			([name, member]) => [name, shapeOf(member, memberPath(path, name))] as const,
		);
		return { kind: "object", fields: new Map(fields) };
	}
	return { kind: typeof value === "boolean" ? "boolean" : "string" };
}

/** The shape that both fit: null gives way to anything, integers to floats, and objects unite their fields. */
export function mergeShapes(a: Shape, b: Shape, path: string): Shape {
	if (a.kind === "null") return b;
	if (b.kind === "null") return a;
	if (a.kind === "list" && b.kind === "list") return { kind: "list", item: mergeShapes(a.item, b.item, path) };
	if (a.kind === "object" && b.kind === "object") {
		const fields = new Map(a.fields);
		for (const [name, shape] of b.fields) {
			const known = fields.get(name);
			fields.set(name, known ? mergeShapes(known, shape, memberPath(path, name)) : shape);
		}
		return { kind: "object", fields };
	}
	if (a.kind === b.kind) return a;
	if (isNumeric(a) && isNumeric(b)) return { kind: "float" };
	throw new Misfit(path, `is ${article(b.kind)} here and ${article(a.kind)} on an earlier line`);
}

/** The Arrow schema of rows of this shape; every field is nullable. */
export function schemaOf(row: Shape & { readonly kind: "object" }): Schema {
	return new Schema(fieldsOf(row, ""));
}

function fieldsOf({ fields }: Shape & { readonly kind: "object" }, path: string): Field[] {
	return [...fields].map(([name, shape]) => new Field(name, typeOf(shape, memberPath(path, name)), true));
}

function typeOf(shape: Shape, path: string): DataType {
	switch (shape.kind) {
		case "boolean":
			return new Bool();
		case "integer":
			return new Int64();
		case "float":
			return new Float64();
		// Nothing but nulls was seen: text is what the fewest later values would fail to fit.
		case "null":
		case "string":
			return new Utf8();
		case "list":
			return new List(new Field("item", typeOf(shape.item, `${path}[]`), true));
		case "object":
			if (shape.fields.size === 0)
				throw new Misfit(path, "is an object without fields in every line that was looked at");
			return new Struct(fieldsOf(shape, path));
	}
}

function isNumeric({ kind }: Shape): boolean {
	return kind === "integer" || kind === "float";
}

function article(kind: Shape["kind"]): string {
	return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}
