import type { DataType, Field, Schema } from "apache-arrow";

/** All that tells two types of one kind apart, beside their children; a type lacks what does not apply to it. */
const TYPE_PARAMETERS = [
	"bitWidth",
	"isSigned",
	"precision",
	"scale",
	"unit",
	"timezone",
	"byteWidth",
	"listSize",
	"keysSorted",
	"mode",
	"isOrdered",
] as const;

/**
 * What counts of a field beside its name and type. `exact`: nullability and metadata, at every depth. `fitting`: no
 * metadata, and inside of a column that nothing nullable is where no null may be; the columns' own nulls are the
 * caller's affair.
 */
export type FieldLabels = "exact" | "fitting";

/**
 * The first difference between two lists of fields, in words that follow "the batch …"; `undefined` where they are equal
 * in names, order and types at every depth, and their labels do as asked.
 *
 * Compares shapes, never classes, since a program may hold two copies of apache-arrow. The ids of dictionaries do not
 * count: they are numbers that a process hands out.
 */
export function fieldDifference(
	expected: readonly Field[],
	actual: readonly Field[],
	labels: FieldLabels = "exact",
): string | undefined {
	return expected === actual ? undefined : differenceOfFields(expected, actual, { path: "", labels });
}

interface Place {
	/** Names of the columns around, each with a dot behind it. */
	readonly path: string;
	readonly labels: FieldLabels;
}

/** Whether two schemas have the same fields and the same metadata of their own. */
export function sameSchema(a: Schema, b: Schema): boolean {
	if (a === b) return true;
	if (a.metadata.size + b.metadata.size > 0 && firstDifferentKey(a.metadata, b.metadata) !== undefined) return false;
	return fieldDifference(a.fields, b.fields) === undefined;
}

function differenceOfFields(expected: readonly Field[], actual: readonly Field[], place: Place): string | undefined {
	const { path } = place;
	for (let index = 0; index < expected.length; index++) {
		const wanted = expected[index] as Field;
		const found = actual[index];
		if (found !== undefined && equalAtSight(wanted, found)) continue;
		const where = `${path}${wanted.name}`;
		if (found === undefined) return `lacks field "${where}"`;
		if (found.name !== wanted.name) return `has field "${path}${found.name}" in place of "${where}"`;
		const difference = differenceOfField(wanted, found, where, place);
		if (difference !== undefined) return difference;
	}
	const extra = actual[expected.length];
	return extra === undefined ? undefined : `has field "${path}${extra.name}" in addition`;
}

/** apache-arrow gives each batch fields of its own, which share their types: so one schema's batches are found equal. */
function equalAtSight(wanted: Field, found: Field): boolean {
	if (wanted === found) return true;
	return (
		wanted.type === found.type &&
		wanted.name === found.name &&
		wanted.nullable === found.nullable &&
		wanted.metadata.size === 0 &&
		found.metadata.size === 0
	);
}

function differenceOfField(wanted: Field, found: Field, where: string, { path, labels }: Place): string | undefined {
	if (!sameTypeWithoutChildren(wanted.type, found.type)) {
		return `has type ${found.type} in place of ${wanted.type} for field "${where}"`;
	}
	const fits =
		labels === "exact" ? wanted.nullable === found.nullable : path === "" || wanted.nullable || !found.nullable;
	if (!fits) {
		return `has field "${where}" ${found.nullable ? "nullable" : "not nullable"}, unlike the first`;
	}
	const key = labels === "exact" ? firstDifferentKey(wanted.metadata, found.metadata) : undefined;
	if (key !== undefined) return `has other metadata under ${JSON.stringify(key)} for field "${where}"`;
	return differenceOfFields(childrenOf(wanted.type), childrenOf(found.type), { path: `${where}.`, labels });
}

function sameTypeWithoutChildren(a: DataType, b: DataType): boolean {
	if (a.typeId !== b.typeId) return false;
	const left = a as unknown as Record<string, unknown>;
	const right = b as unknown as Record<string, unknown>;
	// `null` and absent are the same: a timestamp without a time zone has either.
	if (TYPE_PARAMETERS.some((name) => (left[name] ?? undefined) !== (right[name] ?? undefined))) return false;
	if (String(left.typeIds ?? "") !== String(right.typeIds ?? "")) return false;
	return ["indices", "dictionary"].every((part) => sameInnerType(left[part], right[part]));
}

/** For the two types inside a dictionary type, whose children are those of its values; other types have neither. */
function sameInnerType(a: unknown, b: unknown): boolean {
	if (a === undefined || b === undefined) return a === b;
	return sameTypeWithoutChildren(a as DataType, b as DataType);
}

function childrenOf(type: DataType): readonly Field[] {
	return type.children ?? [];
}

function firstDifferentKey(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string | undefined {
	return [...a.keys(), ...b.keys()].find((key) => a.get(key) !== b.get(key));
}
