import type { Data } from "apache-arrow";
import type { FieldShape } from "./arrow-types.ts";
import { aligned } from "./batch-job.ts";
import { cDataFormat } from "./c-data-format.ts";
import type { ColumnPlan } from "./column-plan.ts";
import type { WasmSpace } from "./wasm-space.ts";

/** Offsets in the structures of the C Data Interface, with pointers of 32 bits; what is not here is null or zero. */
const ARROW_SCHEMA = { format: 0, name: 4, metadata: 8, flags: 16, childCount: 24, children: 32 } as const;
export const ARROW_ARRAY = {
	length: 0,
	nullCount: 8,
	bufferCount: 24,
	childCount: 32,
	buffers: 40,
	children: 44,
} as const;
const SCHEMA_BYTES = 48;
const ARRAY_BYTES = 64;
const POINTER_BYTES = 4;
const NULLABLE = 2n;

const NO_METADATA: ReadonlyMap<string, string> = new Map();
const text = new TextEncoder();

/** Bytes that {@link CDataWriter} takes for one array, its children and what its buffers hold left out. */
export function arrayBytes(bufferCount: number, childCount: number): number {
	return aligned(ARRAY_BYTES + POINTER_BYTES * (bufferCount + childCount));
}

/** Describes columns that lie in a space, in that space. Gives addresses. */
export class CDataWriter {
	readonly #space: WasmSpace;
	/** The one offset of a column that has no rows and left it out. */
	readonly #zero: number;

	constructor(space: WasmSpace) {
		this.#space = space;
		this.#zero = space.take(BigInt64Array.BYTES_PER_ELEMENT).fill(0).byteOffset;
	}

	/** An `ArrowSchema`: a struct of these fields. */
	writeSchema(fields: readonly FieldShape[], metadata: ReadonlyMap<string, string>): number {
		const children = fields.map((field) => this.#writeField(field));
		return this.#writeSchema({ name: "", format: "+s", nullable: false, metadata }, children);
	}

	/** An `ArrowArray`: a struct of so many rows, without nulls. */
	writeStruct(rows: number, columns: readonly number[]): number {
		return this.#writeArray(rows, 0, [0], columns);
	}

	/** The `ArrowArray` of a column whose arrays are views on the space. */
	writeColumn(plan: ColumnPlan, data: Data): number {
		const children = plan.children.map((child, index) => this.writeColumn(child, data.children[index] as Data));
		const { _nullCount: nulls } = data as unknown as { readonly _nullCount: number };
		return this.#writeArray(data.length, nulls, this.#buffersOf(plan, data), children);
	}

	#writeField({ name, type, nullable, metadata = NO_METADATA }: FieldShape): number {
		const children = (type.children ?? []).map((child) => this.#writeField(child));
		return this.#writeSchema({ name, format: cDataFormat(type) as string, nullable, metadata }, children);
	}

	#writeSchema({ name, format, nullable, metadata }: SchemaParts, children: readonly number[]): number {
		const formatBytes = text.encode(`${format}\0`);
		const nameBytes = text.encode(`${name}\0`);
		const metadataBytes = encodeMetadata(metadata);
		const formatAt = SCHEMA_BYTES + POINTER_BYTES * children.length;
		const nameAt = formatAt + formatBytes.length;
		const metadataAt = nameAt + nameBytes.length;
		const bytes = this.#space.take(metadataAt + metadataBytes.length).fill(0);
		const { buffer, byteOffset: address } = bytes;
		const view = new DataView(buffer, address);
		view.setUint32(ARROW_SCHEMA.format, address + formatAt, true);
		view.setUint32(ARROW_SCHEMA.name, address + nameAt, true);
		view.setUint32(ARROW_SCHEMA.metadata, address + metadataAt, true);
		view.setBigInt64(ARROW_SCHEMA.flags, nullable ? NULLABLE : 0n, true);
		view.setBigInt64(ARROW_SCHEMA.childCount, BigInt(children.length), true);
		view.setUint32(ARROW_SCHEMA.children, address + SCHEMA_BYTES, true);
		writePointers(view, SCHEMA_BYTES, children);
		bytes.set(formatBytes, formatAt);
		bytes.set(nameBytes, nameAt);
		bytes.set(metadataBytes, metadataAt);
		return address;
	}

	#writeArray(rows: number, nulls: number, buffers: readonly number[], children: readonly number[]): number {
		const childrenAt = ARRAY_BYTES + POINTER_BYTES * buffers.length;
		const bytes = this.#space.take(childrenAt + POINTER_BYTES * children.length).fill(0);
		const { buffer, byteOffset: address } = bytes;
		const view = new DataView(buffer, address);
		view.setBigInt64(ARROW_ARRAY.length, BigInt(rows), true);
		view.setBigInt64(ARROW_ARRAY.nullCount, BigInt(nulls), true);
		view.setBigInt64(ARROW_ARRAY.bufferCount, BigInt(buffers.length), true);
		view.setBigInt64(ARROW_ARRAY.childCount, BigInt(children.length), true);
		view.setUint32(ARROW_ARRAY.buffers, address + ARRAY_BYTES, true);
		view.setUint32(ARROW_ARRAY.children, address + childrenAt, true);
		writePointers(view, ARRAY_BYTES, buffers);
		writePointers(view, childrenAt, children);
		return address;
	}

	#buffersOf({ layout }: ColumnPlan, { nullBitmap, valueOffsets, values }: Data): readonly number[] {
		if (layout === "null") return [];
		const validity = nullBitmap && nullBitmap.length > 0 ? nullBitmap.byteOffset : 0;
		switch (layout) {
			case "struct":
				return [validity];
			case "list":
				return [validity, this.#addressOf(valueOffsets)];
			case "variable":
				return [validity, this.#addressOf(valueOffsets), this.#addressOf(values)];
			default:
				return [validity, this.#addressOf(values)];
		}
	}

	#addressOf({ buffer, byteOffset }: ArrayBufferView): number {
		return buffer === this.#space.memory.buffer ? byteOffset : this.#zero;
	}
}

interface SchemaParts {
	readonly name: string;
	readonly format: string;
	readonly nullable: boolean;
	readonly metadata: ReadonlyMap<string, string>;
}

function writePointers(view: DataView, at: number, addresses: readonly number[]): void {
	addresses.forEach((address, index) => {
		view.setUint32(at + POINTER_BYTES * index, address, true);
	});
}

/** The number of pairs, then each string with its length before it. A null pointer would do for none, but not for all readers. */
function encodeMetadata(metadata: ReadonlyMap<string, string>): Uint8Array {
	const strings = [...metadata].flat().map((part) => text.encode(part));
	const bytes = new Uint8Array(strings.reduce((length, part) => length + 4 + part.length, 4));
	const view = new DataView(bytes.buffer);
	view.setInt32(0, metadata.size, true);
	let at = 4;
	for (const part of strings) {
		view.setInt32(at, part.length, true);
		bytes.set(part, at + 4);
		at += 4 + part.length;
	}
	return bytes;
}
