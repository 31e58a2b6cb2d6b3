import type { Data, DataType, Field, RecordBatch, Schema, Vector } from "apache-arrow";
import * as arrow from "apache-arrow";

/**
 * The same rows as every reader of Arrow files can take them, all under one schema.
 *
 * A file has one dictionary a column, while every put may come with its own: they become one, with 32-bit indices and
 * without an order; a text is in it once, another value as often as it came. Views become plain texts and bytes, which
 * older readers know, and of which apache-arrow writes the right part when a batch is a slice.
 */
export function portableBatches(schema: Schema, batches: readonly RecordBatch[]): RecordBatch[] {
	let dictionaries = 0;
	const rewriters = schema.fields.map(({ type }) => rewriterOf(type, () => dictionaries++));
	for (const batch of batches) gatherAll(rewriters, batch.data.children);
	const portable = new arrow.Schema(retyped(schema.fields, rewriters), schema.metadata);
	const type = new arrow.Struct(portable.fields);
	return batches.map(({ data }) => {
		const children = rewriteAll(rewriters, data.children);
		return new arrow.RecordBatch(portable, arrow.makeData({ type, length: data.length, nullCount: 0, children }));
	});
}

/** What becomes of the columns of one type. */
interface Rewriter {
	readonly type: DataType;
	/** Called with every column before any is rewritten. */
	readonly gather: (data: Data) => void;
	readonly rewrite: (data: Data) => Data;
}

/** `undefined` for a type whose columns stay as they are. */
function rewriterOf(type: DataType, nextDictionary: () => number): Rewriter | undefined {
	if (arrow.DataType.isDictionary(type)) return dictionaryRewriter(type.dictionary, nextDictionary);
	if (arrow.DataType.isUtf8View(type)) return viewRewriter(new arrow.Utf8());
	if (arrow.DataType.isBinaryView(type)) return viewRewriter(new arrow.Binary());
	const fields: readonly Field[] = type.children ?? [];
	const children = fields.map((field) => rewriterOf(field.type, nextDictionary));
	if (children.every((child) => child === undefined)) return undefined;
	const rewritten = withChildren(type, retyped(fields, children));
	return {
		type: rewritten,
		gather: (data) => gatherAll(children, data.children),
		rewrite: (data) =>
			data.clone(rewritten, undefined, undefined, undefined, undefined, rewriteAll(children, data.children)),
	};
}

function dictionaryRewriter(valueType: DataType, nextDictionary: () => number): Rewriter {
	const values = rewriterOf(valueType, nextDictionary);
	const type = new arrow.Dictionary(values?.type ?? valueType, new arrow.Int32(), nextDictionary());
	const chunks: Data[] = [];
	let length = 0;
	/** By dictionary, where its values are in the shared one. */
	const places = new Map<Vector, Int32Array>();
	const texts = new Map<string | null, number>();
	let shared: Vector | undefined;

	const addTexts = (dictionary: Vector<arrow.Utf8>): Int32Array => {
		const fresh: (string | null)[] = [];
		const found = Int32Array.from(dictionary, (text) => {
			const known = texts.get(text);
			if (known !== undefined) return known;
			texts.set(text, length);
			fresh.push(text);
			return length++;
		});
		if (fresh.length > 0) chunks.push(...arrow.vectorFromArray(fresh, type.dictionary).data);
		return found;
	};
	const addAll = (dictionary: Vector): Int32Array => {
		const start = length;
		chunks.push(...dictionary.data);
		length += dictionary.length;
		return Int32Array.from({ length: dictionary.length }, (_, i) => start + i);
	};
	const [add, rewritten] = isText(type.dictionary)
		? [addTexts, (chunk: Data) => chunk]
		: [addAll, (chunk: Data) => values?.rewrite(chunk) ?? chunk];
	return {
		type,
		gather({ dictionary }) {
			if (!dictionary || places.has(dictionary)) return;
			for (const chunk of dictionary.data) values?.gather(chunk);
			places.set(dictionary, add(dictionary));
		},
		rewrite({ dictionary, offset, length, nullCount, nullBitmap, values: indices }) {
			shared ??= new arrow.Vector(
				chunks.length > 0 ? chunks.map(rewritten) : [arrow.makeData({ type: type.dictionary })],
			);
			const place = dictionary && places.get(dictionary);
			// Under a null there may be any index.
			const data = Int32Array.from({ length }, (_, i) => place?.[Number(indices[i])] ?? 0);
			return arrow.makeData({ type, offset, length, nullCount, nullBitmap, data, dictionary: shared });
		},
	};
}

function viewRewriter(type: arrow.Utf8 | arrow.Binary): Rewriter {
	return {
		type,
		gather: () => undefined,
		rewrite(data) {
			const { offset, length, nullCount, nullBitmap } = data;
			const views = new arrow.Vector([data.clone(new arrow.BinaryView())]);
			const pieces = Array.from(views, (bytes) => bytes ?? new Uint8Array());
			const valueOffsets = new Int32Array(length + 1);
			pieces.forEach((piece, i) => {
				valueOffsets[i + 1] = (valueOffsets[i] as number) + piece.length;
			});
			const bytes = new Uint8Array(valueOffsets[length] as number);
			pieces.forEach((piece, i) => {
				bytes.set(piece, valueOffsets[i]);
			});
			return arrow.makeData({ type, offset, length, nullCount, nullBitmap, valueOffsets, data: bytes } as never);
		},
	};
}

function isText(type: DataType): boolean {
	return arrow.DataType.isUtf8(type) || arrow.DataType.isLargeUtf8(type);
}

function gatherAll(rewriters: readonly (Rewriter | undefined)[], columns: readonly Data[]): void {
	columns.forEach((data, i) => {
		rewriters[i]?.gather(data);
	});
}

function rewriteAll(rewriters: readonly (Rewriter | undefined)[], columns: readonly Data[]): Data[] {
	return columns.map((data, i) => rewriters[i]?.rewrite(data) ?? data);
}

function retyped(fields: readonly Field[], rewriters: readonly (Rewriter | undefined)[]): Field[] {
	return fields.map((field, i) => {
		const type = rewriters[i]?.type;
		return type ? new arrow.Field(field.name, type, field.nullable, field.metadata) : field;
	});
}

function withChildren(type: DataType, children: Field[]): DataType {
	const child = children[0] as Field;
	if (arrow.DataType.isList(type)) return new arrow.List(child);
	if (arrow.DataType.isLargeList(type)) return new arrow.LargeList(child);
	if (arrow.DataType.isFixedSizeList(type)) return new arrow.FixedSizeList(type.listSize, child);
	if (arrow.DataType.isMap(type)) return new arrow.Map_(child as never, type.keysSorted);
	if (arrow.DataType.isUnion(type)) return new arrow.Union(type.mode, type.typeIds, children);
	return new arrow.Struct(children);
}
