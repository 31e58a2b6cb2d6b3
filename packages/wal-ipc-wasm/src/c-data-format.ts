import { WalError } from "@memwal/wal-runtime";
import type { TypeShape } from "./arrow-types.ts";
import type { ColumnPlan } from "./column-plan.ts";
import * as TYPE from "./type-id.ts";

const UNITS = "smun";
const INTEGERS: Readonly<Record<number, string>> = { 8: "c", 16: "s", 32: "i", 64: "l" };
const DEFAULT_DECIMAL_BITS = 128;

/**
 * The format string by which the C Data Interface names a type; `undefined` for those that are not handed out: only
 * flat types, List and Struct are.
 */
export function cDataFormat(type: TypeShape): string | undefined {
	const { unit = 0, bitWidth = 0 } = type;
	switch (type.typeId) {
		case TYPE.null:
			return "n";
		case TYPE.bool:
			return "b";
		case TYPE.int: {
			const signed = INTEGERS[bitWidth];
			return type.isSigned ? signed : signed?.toUpperCase();
		}
		case TYPE.float:
			return "efg"[type.precision ?? 0];
		case TYPE.decimal: {
			const width = bitWidth === DEFAULT_DECIMAL_BITS ? "" : `,${bitWidth}`;
			return `d:${type.precision},${type.scale}${width}`;
		}
		case TYPE.utf8:
			return "u";
		case TYPE.largeUtf8:
			return "U";
		case TYPE.binary:
			return "z";
		case TYPE.largeBinary:
			return "Z";
		case TYPE.fixedSizeBinary:
			return `w:${type.byteWidth}`;
		case TYPE.date:
			return unit === 0 ? "tdD" : "tdm";
		case TYPE.time:
			return `tt${UNITS[unit]}`;
		case TYPE.timestamp:
			return `ts${UNITS[unit]}:${type.timezone ?? ""}`;
		case TYPE.duration:
			return `tD${UNITS[unit]}`;
		case TYPE.interval:
			return `ti${"MDn"[unit]}`;
		case TYPE.list:
			return "+l";
		case TYPE.struct:
			return "+s";
		default:
			return undefined;
	}
}

/** @throws `WAL_UNSUPPORTED` naming the first field, the column's or one below it, that has no {@link cDataFormat}. */
export function requireCDataFormat({ path, type, children }: ColumnPlan, key: string | undefined): void {
	if (!cDataFormat(type)) {
		throw new WalError(
			"WAL_UNSUPPORTED",
			`Column "${path}" has the type ${type}, and only flat types, List and Struct are decoded in WebAssembly. Leave it out by "columns", or use decode().`,
			{ details: key === undefined ? {} : { key } },
		);
	}
	for (const child of children) requireCDataFormat(child, key);
}
