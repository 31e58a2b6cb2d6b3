import * as arrow from "apache-arrow";
import { ARROW_ARRAY } from "./c-data-writer.ts";
import type { ColumnPlan } from "./column-plan.ts";
import * as TYPE from "./type-id.ts";

/** What is used of `arrow-js-ffi`. */
export interface ArrowJsFfi {
	parseData(buffer: ArrayBuffer, address: number, type: arrow.DataType, copy: boolean): arrow.Data;
}

/** How to read columns of one type: known from the plan, for any number of arrays. */
export interface CDataColumn {
	readonly plan: ColumnPlan;
	/** The type, with `Null` for what `arrow-js-ffi` 0.4.3 does not read as it is. */
	readonly readable: arrow.DataType;
	readonly isReadable: boolean;
	readonly children: readonly CDataColumn[];
}

const NULL = new arrow.Null();
const NO_BYTES = new Uint8Array(0);

export function cDataColumn(plan: ColumnPlan): CDataColumn {
	const type = plan.type as unknown as arrow.DataType;
	const children = plan.children.map(cDataColumn);
	if (isMisread(plan)) return { plan, readable: NULL, isReadable: false, children };
	if (children.every((child) => child.isReadable)) return { plan, readable: type, isReadable: true, children };
	const fields = type.children.map((field: arrow.Field, index: number) =>
		field.clone({ type: (children[index] as CDataColumn).readable }),
	);
	const readable = plan.layout === "list" ? new arrow.List(fields[0] as arrow.Field) : new arrow.Struct(fields);
	return { plan, readable, isReadable: false, children };
}

/**
 * Its views of decimals, intervals and booleans have a wrong length, it has no copies of intervals, and makes offsets
 * of 64 bits into ones of 32.
 */
function isMisread({ type: { typeId } }: ColumnPlan): boolean {
	return (
		typeId === TYPE.bool ||
		typeId === TYPE.decimal ||
		typeId === TYPE.interval ||
		typeId === TYPE.largeUtf8 ||
		typeId === TYPE.largeBinary
	);
}

/** The data of the `ArrowArray` at the address: views on the buffer, or copies. */
export function readCData(
	ffi: ArrowJsFfi,
	buffer: ArrayBuffer,
	address: number,
	column: CDataColumn,
	copy: boolean,
): arrow.Data {
	const data = ffi.parseData(buffer, address, column.readable, copy);
	return column.isReadable ? data : mended(data, new ArrayReader(buffer, copy), address, column);
}

function mended(data: arrow.Data, reader: ArrayReader, address: number, column: CDataColumn): arrow.Data {
	const { plan, children, isReadable } = column;
	if (isReadable) return data;
	const type = plan.type as unknown as arrow.DataType;
	if (children.length === 0) return readLeaf(reader, address, plan, type);
	const mendedChildren = children.map((child, index) =>
		mended(data.children[index] as arrow.Data, reader, reader.child(address, index), child),
	);
	const { _nullCount: nulls } = data as unknown as { readonly _nullCount: number };
	const buffers = [data.valueOffsets, undefined, data.nullBitmap];
	return new arrow.Data(type, 0, data.length, nulls, buffers as never, mendedChildren);
}

function readLeaf(reader: ArrayReader, address: number, plan: ColumnPlan, type: arrow.DataType): arrow.Data {
	const rows = reader.length(address);
	const bits = Math.ceil(rows / 8);
	const validityAt = reader.buffer(address, 0);
	const validity = validityAt === 0 ? NO_BYTES : reader.array(Uint8Array, validityAt, bits);
	const from = reader.buffer(address, 1);
	let offsets: BigInt64Array | undefined;
	let values: unknown;
	if (plan.layout === "variable") {
		offsets = reader.array(BigInt64Array, from, rows + 1);
		values = reader.array(Uint8Array, reader.buffer(address, 2), Number(offsets[rows]));
	} else if (plan.layout === "bits") values = reader.array(Uint8Array, from, bits);
	else {
		const ArrayType = type.ArrayType as ArrayClass<ArrayBufferView>;
		values = reader.array(ArrayType, from, (rows * plan.width) / ArrayType.BYTES_PER_ELEMENT);
	}
	return new arrow.Data(type, 0, rows, reader.nullCount(address), [offsets, values, validity] as never);
}

interface ArrayClass<Values> {
	readonly BYTES_PER_ELEMENT: number;
	new (buffer: ArrayBuffer, byteOffset?: number, length?: number): Values;
}

/** Reads fields of `ArrowArray` structures, and what their pointers lead to. */
class ArrayReader {
	readonly #buffer: ArrayBuffer;
	readonly #view: DataView;
	readonly #copy: boolean;

	constructor(buffer: ArrayBuffer, copy: boolean) {
		this.#buffer = buffer;
		this.#view = new DataView(buffer);
		this.#copy = copy;
	}

	length(address: number): number {
		return Number(this.#view.getBigInt64(address + ARROW_ARRAY.length, true));
	}

	nullCount(address: number): number {
		return Number(this.#view.getBigInt64(address + ARROW_ARRAY.nullCount, true));
	}

	buffer(address: number, index: number): number {
		return this.#pointer(this.#pointer(address + ARROW_ARRAY.buffers) + 4 * index);
	}

	child(address: number, index: number): number {
		return this.#pointer(this.#pointer(address + ARROW_ARRAY.children) + 4 * index);
	}

	array<Values>(ArrayType: ArrayClass<Values>, address: number, length: number): Values {
		if (!this.#copy) return new ArrayType(this.#buffer, address, length);
		return new ArrayType(this.#buffer.slice(address, address + length * ArrayType.BYTES_PER_ELEMENT));
	}

	#pointer(at: number): number {
		return this.#view.getUint32(at, true);
	}
}
