import { WalError } from "@memwal/wal-runtime";
import { type FieldShape, type TypeShape, unsupportedType } from "./arrow-types.ts";
import { columnLayout, type Layout } from "./column-layout.ts";
import { TYPE } from "./ipc-format.ts";

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
 * @throws `WAL_UNSUPPORTED` naming the field whose type has no layout.
 */
export function planColumns(fields: readonly FieldShape[]): readonly ColumnPlan[] {
	let dictionaries = 0;
	const plan = (type: TypeShape, path: string): ColumnPlan => {
		const { dictionary: valueType } = type;
		const layout = columnLayout(type);
		if (!layout) throw unsupportedType(path, String(type));
		const isDictionary = type.typeId === TYPE.dictionary;
		const children = isDictionary ? [] : (type.children ?? []).map(({ name, type }) => plan(type, `${path}.${name}`));
		const values = isDictionary && valueType ? plan(valueType, path) : undefined;
		return {
			path,
			type,
			layout: layout.layout,
			width: layout.width,
			buffers: layout.buffers,
			children,
			dictionary: values && { id: dictionaries++, values },
			hasDictionaries: isDictionary || children.some((child) => child.hasDictionaries),
		};
	};
	return fields.map(({ name, type }) => plan(type, name));
}

export function outsideValues({ path }: ColumnPlan): WalError<"WAL_INVALID"> {
	return new WalError("WAL_INVALID", `Column "${path}" refers to values that it does not have. Build it anew.`);
}
