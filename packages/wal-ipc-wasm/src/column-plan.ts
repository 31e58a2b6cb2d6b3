import { WalError } from "@memwal/wal-runtime";
import { type FieldShape, type TypeShape, unsupportedType } from "./arrow-types.ts";
import { columnLayout, type Layout } from "./column-layout.ts";
import { MAX_DEPTH } from "./ipc-format.ts";

/** How a column's data is taken apart, known from its type alone. */
export interface ColumnPlan {
	/** Names of the fields that lead here, for errors. */
	readonly path: string;
	readonly type: TypeShape;
	readonly layout: Layout;
	/** These two as in {@link columnLayout}. */
	readonly width: number;
	readonly buffers: number;
	readonly children: readonly ColumnPlan[];
	readonly dictionary: DictionaryPlan | undefined;
	/** Whether it or anything below it is encoded by a dictionary. */
	readonly hasDictionaries: boolean;
}

export interface DictionaryPlan {
	readonly id: number;
	readonly values: ColumnPlan;
}

/**
 * A plan a column. Dictionaries are numbered as in the schema message: in the order of the fields, inner ones first.
 *
 * @throws `WAL_UNSUPPORTED` naming the field whose type has no layout, or is nested too deep.
 */
export function planColumns(fields: readonly FieldShape[]): readonly ColumnPlan[] {
	let dictionaries = 0;
	const plan = (type: TypeShape, path: string, depth: number): ColumnPlan => {
		const layout = columnLayout(type);
		if (!layout) throw unsupportedType(path, String(type));
		if (depth > MAX_DEPTH) throw unsupportedType(path, `nested deeper than ${MAX_DEPTH}`);
		const children = type.dictionary
			? []
			: (type.children ?? []).map((child) => plan(child.type, `${path}.${child.name}`, depth + 1));
		const values = type.dictionary && plan(type.dictionary, path, depth);
		return {
			path,
			type,
			...layout,
			children,
			dictionary: values && { id: dictionaries++, values },
			hasDictionaries: values !== undefined || children.some((child) => child.hasDictionaries),
		};
	};
	return fields.map(({ name, type }) => plan(type, name, 1));
}

export function outsideValues({ path }: ColumnPlan): WalError<"WAL_INVALID"> {
	return new WalError("WAL_INVALID", `Column "${path}" refers to values that it does not have. Build it anew.`);
}
