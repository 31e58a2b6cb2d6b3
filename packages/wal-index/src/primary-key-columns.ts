import { WalError } from "@memwal/wal-runtime";
import { ARROW_TYPE, type DataShape, type TypeShape } from "./arrow-shapes.ts";
import { probeBytes } from "./byte-keys.ts";
import { type KeyClass, STEP_BYTES } from "./key-class.ts";
import { requireKeyClass } from "./key-class-of.ts";
import { ENTRY, FLIP, type Probe } from "./key-entry.ts";
import { TupleWriter } from "./tuple-writer.ts";

/** The columns of a primary key in one batch, in the key's order. */
export interface TupleSource {
	readonly columns: readonly DataShape[];
}

/** Types of which a tuple's key can be made, dictionaries of them included. */
const TYPES: ReadonlySet<number> = new Set([
	ARROW_TYPE.bool,
	ARROW_TYPE.int,
	ARROW_TYPE.date,
	ARROW_TYPE.time,
	ARROW_TYPE.timestamp,
	ARROW_TYPE.duration,
	ARROW_TYPE.utf8,
	ARROW_TYPE.largeUtf8,
	ARROW_TYPE.utf8View,
	ARROW_TYPE.binary,
	ARROW_TYPE.largeBinary,
	ARROW_TYPE.binaryView,
	ARROW_TYPE.fixedSizeBinary,
]);

/** How one column of a key is written. */
interface Part {
	readonly name: string;
	readonly keyClass: KeyClass;
	/** Writes a key of words. */
	writeWords(writer: TupleWriter, high: number, low: number): void;
}

/**
 * How several columns together become a key.
 *
 * @throws `WAL_UNSUPPORTED` naming the column, for a type of which no such key can be made.
 */
export function tupleKeys(columns: readonly { readonly name: string; readonly type: TypeShape }[]): TupleKeys {
	return new TupleKeys(columns.map(({ name, type }) => partOf(name, type)));
}

/** Keys of several columns. */
export class TupleKeys implements KeyClass<TupleSource> {
	readonly name: string;
	readonly takes = "a value for each of its columns";
	readonly reader = {
		kind: "bytes",
		read: (source: TupleSource, from: number, to: number, keys: Parameters<ByteRead>[3]): number =>
			this.#read(source, from, to, keys),
	} as const;
	readonly #parts: readonly Part[];
	readonly #writer = new TupleWriter();

	constructor(parts: readonly Part[]) {
		this.#parts = parts;
		this.name = parts.map(({ keyClass }) => keyClass.name).join(", ");
	}

	/** A null is a value of a tuple. */
	mayHaveNulls(): boolean {
		return false;
	}

	isNull(): boolean {
		return false;
	}

	/**
	 * `undefined` where no row can have these values, which are too many, too few or none for their columns.
	 *
	 * @throws TypeError for a value that its column cannot have.
	 */
	probe(values: unknown): Probe | undefined {
		if (!Array.isArray(values) || values.length !== this.#parts.length) return undefined;
		const writer = this.#writer;
		writer.clear();
		let side: Probe["side"] = 0;
		for (const [index, { name, keyClass, writeWords }] of this.#parts.entries()) {
			const value: unknown = values[index];
			if (value === null) {
				writer.null();
				continue;
			}
			const probe = keyClass.probe(value);
			if (!probe)
				throw new TypeError(`column "${name}" (${keyClass.name}) of the primary key is looked up by ${keyClass.takes}`);
			if (probe.side !== 0) side = probe.side;
			if (probe.bytes) writer.append(probe.bytes, 0, probe.bytes.length);
			else writeWords(writer, probe.high, probe.low);
		}
		return { ...probeBytes(writer.key()), side };
	}

	value(_high: number, _low: number, key: Uint8Array | undefined): unknown {
		return key;
	}

	#read({ columns }: TupleSource, from: number, to: number, keys: Parameters<ByteRead>[3]): number {
		const words = this.#parts.map(({ keyClass: { reader } }, index) => {
			if (reader.kind === "bytes") return NO_WORDS;
			const entries = new Int32Array((to - from) * ENTRY);
			reader.read(columns[index] as DataShape, from, to, entries, 0);
			return entries;
		});
		const mayHaveNulls = this.#parts.map(({ keyClass }, index) => keyClass.mayHaveNulls(columns[index] as DataShape));
		const writer = this.#writer;
		const before = keys.keyBytes;
		for (let row = from; row < to; row++) {
			writer.clear();
			for (let index = 0; index < this.#parts.length; index++) {
				const { keyClass, writeWords } = this.#parts[index] as Part;
				const column = columns[index] as DataShape;
				const at = (row - from) * ENTRY;
				if (mayHaveNulls[index] && keyClass.isNull(column, row)) writer.null();
				else if (keyClass.reader.kind === "bytes") keyClass.reader.read(column, row, row + 1, writer);
				else writeWords(writer, words[index]?.[at] as number, words[index]?.[at + 1] as number);
			}
			keys.append(writer.bytes, 0, writer.length);
			if (keys.keyBytes - before > STEP_BYTES) return row + 1;
		}
		return to;
	}
}

type ByteRead = Extract<KeyClass["reader"], { kind: "bytes" }>["read"];

const NO_WORDS = new Int32Array(0);

function partOf(name: string, type: TypeShape): Part {
	const { typeId } = type.dictionary ?? type;
	if (!TYPES.has(typeId)) {
		throw new WalError(
			"WAL_UNSUPPORTED",
			`column "${name}" of the primary key has the type ${type}, for which there is no order-preserving key encoding`,
		);
	}
	return { name, keyClass: requireKeyClass(type, name), writeWords: wordsWriterOf(type.dictionary ?? type) };
}

/** Writes the words of a key as a number of 64 bits: as they are, or from the upper one alone. */
function wordsWriterOf(type: TypeShape): Part["writeWords"] {
	if (type.typeId === ARROW_TYPE.bool) return (writer, high) => writer.boolean(high);
	if (isWide(type)) return (writer, high, low) => writer.number(high ^ FLIP, low ^ FLIP);
	if (type.typeId === ARROW_TYPE.int && !type.isSigned) return (writer, high) => writer.number(0, high ^ FLIP);
	return (writer, high) => writer.number((high >> 31) ^ FLIP, high);
}

function isWide({ typeId, bitWidth, unit }: TypeShape): boolean {
	if (typeId === ARROW_TYPE.int || typeId === ARROW_TYPE.time) return bitWidth === 64;
	return typeId !== ARROW_TYPE.date || unit !== 0;
}
