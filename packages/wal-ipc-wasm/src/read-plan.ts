import { WalError } from "@memwal/wal-runtime";
import * as arrow from "apache-arrow";
import { localFields } from "./arrow-types.ts";
import type { EntryHeader } from "./codec.ts";
import { type ColumnPlan, planColumns } from "./column-plan.ts";
import { splitMetadata } from "./entry-metadata.ts";
import { readSchemaMessage } from "./schema-reader.ts";
import type { Message } from "./stream-scan.ts";

/** Where a column's parts begin in the lists of a message. */
export interface ColumnStart {
	readonly node: number;
	/** Buffers of views that are counted in the message left out. */
	readonly buffer: number;
	/** Columns of views before it. */
	readonly variadic: number;
}

/** All that an entry's schema message says: read once, and used for every entry whose message has the same bytes. */
export class ReadPlan {
	readonly header: EntryHeader;
	/** The user's: without the keys of the entry's header. */
	readonly schema: arrow.Schema;
	readonly columns: readonly ColumnPlan[];
	readonly starts: readonly ColumnStart[];
	/** By the number in a plan. */
	readonly dictionaryIds: readonly bigint[];
	/** All columns. */
	readonly whole: Projection;
	readonly #schemaMessage: DataView;

	/** @throws as {@link readSchemaMessage} does. */
	constructor(view: DataView, message: Message, key: string | undefined) {
		const { fields, metadata, dictionaryIds } = readSchemaMessage(view, message, key);
		const { header, user } = splitMetadata(metadata);
		const local = localFields(fields);
		this.header = header;
		this.columns = planColumns(local as never);
		this.starts = startsOf(this.columns);
		this.dictionaryIds = dictionaryIds;
		this.whole = projection(undefined, local, user);
		this.schema = this.whole.schema;
		const { buffer, byteOffset } = view as DataView<ArrayBuffer>;
		this.#schemaMessage = new DataView(buffer.slice(byteOffset + message.start, byteOffset + message.bodyStart));
	}

	/** Whether it was read from the same bytes. */
	isOf(view: DataView, { start, bodyStart }: Message): boolean {
		const known = this.#schemaMessage;
		const { byteLength } = known;
		if (bodyStart - start !== byteLength) return false;
		let at = 0;
		for (; at + 4 <= byteLength; at += 4) if (known.getInt32(at) !== view.getInt32(start + at)) return false;
		for (; at < byteLength; at++) if (known.getInt8(at) !== view.getInt8(start + at)) return false;
		return true;
	}
}

/** The columns that somebody asks for, with the schema of just these. */
export interface Projection {
	/** Indices of columns, in the order in which they are asked for; `undefined` for all. */
	readonly indices: readonly number[] | undefined;
	readonly schema: arrow.Schema;
	readonly struct: arrow.Struct;
}

/**
 * A name picks every column of that name. An entry without columns, as sentinels are, has them all: it must not end a
 * reader that asks for some.
 *
 * @throws `WAL_INVALID` for a name that no column has.
 */
export function project({ schema, whole }: ReadPlan, names: readonly string[] | undefined): Projection {
	const { fields } = schema;
	if (!names || fields.length === 0) return whole;
	const indices = names.flatMap((name) => {
		const found = fields.flatMap((field, index) => (field.name === name ? [index] : []));
		if (found.length > 0) return found;
		const known = fields.map((field) => `"${field.name}"`).join(", ");
		throw new WalError("WAL_INVALID", `There is no column "${name}". The entry has: ${known}.`);
	});
	const picked = indices.map((index) => fields[index] as arrow.Field);
	return projection(indices, picked, schema.metadata);
}

function projection(
	indices: readonly number[] | undefined,
	fields: arrow.Field[],
	metadata: Map<string, string>,
): Projection {
	return { indices, schema: new arrow.Schema(fields, metadata), struct: new arrow.Struct(fields) };
}

function startsOf(columns: readonly ColumnPlan[]): readonly ColumnStart[] {
	const starts: ColumnStart[] = [];
	const next = { node: 0, buffer: 0, variadic: 0 };
	const pass = ({ buffers, layout, children }: ColumnPlan): void => {
		next.node++;
		next.buffer += buffers;
		if (layout === "view") next.variadic++;
		children.forEach(pass);
	};
	for (const column of columns) {
		starts.push({ ...next });
		pass(column);
	}
	return starts;
}
