import { WalError } from "@memwal/wal-runtime";
import type { BatchShape, SchemaShape } from "./arrow-shapes.ts";
import { type FieldShape, fieldSignature, layoutSignature, localFields, type TypeShape } from "./arrow-types.ts";
import type { BatchTemplate } from "./batch-job.ts";
import { batchTemplate, type Compression } from "./batch-template.ts";
import type { EntryHeader } from "./codec.ts";
import { type ColumnPlan, planColumns } from "./column-plan.ts";
import { entryMetadata } from "./entry-metadata.ts";
import { writeSchemaMessage } from "./schema-message.ts";

type Metadata = ReadonlyMap<string, string>;

/** All that can be known of an entry before its rows: made once a schema, and used for every entry that has it. */
export class EntryPlan {
	readonly columns: readonly ColumnPlan[];
	readonly hasDictionaries: boolean;
	readonly #fields: readonly FieldShape[];
	/** Names of several columns. Where there are any, the plan is not of the schema alone: the batches decide as well. */
	readonly repeated: ReadonlySet<string>;
	/** Types whose equality has been found out. */
	readonly #equalTypes: readonly WeakSet<TypeShape>[];
	readonly #compression: Compression | undefined;
	/** The record batch's, then those of the dictionaries by their ids. */
	readonly #templates: BatchTemplate[] = [];
	#lastSchema: SchemaShape | undefined;
	#schemaMessage: { readonly user: Metadata; readonly header: EntryHeader; readonly bytes: Uint8Array } | undefined;

	/** @throws `WAL_UNSUPPORTED` for a type that cannot be written, or not be read again here. */
	constructor(schema: SchemaShape, first: BatchShape | undefined, compression: Compression | undefined) {
		this.#compression = compression;
		this.repeated = repeatedNames(schema.fields);
		this.#fields = meantFields(schema, this.repeated, first);
		localFields(this.#fields);
		this.columns = planColumns(this.#fields);
		this.hasDictionaries = this.columns.some((column) => column.hasDictionaries);
		this.#equalTypes = this.columns.map(() => new WeakSet());
	}

	/**
	 * The framed schema message; the same object for equal metadata.
	 *
	 * @throws `WAL_INVALID` for a user's key that is reserved.
	 */
	schemaMessage(user: Metadata, header: EntryHeader): Uint8Array {
		const last = this.#schemaMessage;
		if (last && sameHeader(last.header, header) && sameMetadata(last.user, user)) return last.bytes;
		const bytes = writeSchemaMessage({ fields: this.#fields, metadata: entryMetadata(user, header) });
		this.#schemaMessage = { user: new Map(user), header: { ...header }, bytes };
		return bytes;
	}

	/** The template of a record batch, or of a dictionary; kept where nothing else about the batch shows in it. */
	template(
		nodes: number,
		buffers: number,
		dictionaryId: number | undefined,
		variadicCounts: readonly number[],
		metadata: Metadata | undefined,
	): BatchTemplate {
		const isPlain = variadicCounts.length === 0 && !metadata?.size;
		const index = dictionaryId === undefined ? 0 : dictionaryId + 1;
		const kept = this.#templates[index];
		if (kept && isPlain) return kept;
		const compression = this.#compression;
		const template = batchTemplate({ nodes, buffers, compression, dictionaryId, variadicCounts, metadata });
		if (isPlain) this.#templates[index] = template;
		return template;
	}

	/** @throws `WAL_INVALID` for a batch without rows, or whose fields differ. */
	check(batch: BatchShape): void {
		if (batch.numRows === 0) throw new WalError("WAL_INVALID", "A batch has no rows. Leave it out.");
		if (batch.schema !== this.#lastSchema) {
			this.#checkFields(batch);
			this.#lastSchema = batch.schema;
		}
		const { children } = batch.data;
		for (let index = 0; index < this.columns.length; index++) {
			const type = children[index]?.type;
			if (type && type !== this.columns[index]?.type) this.#checkType(type, index, batch);
		}
	}

	#checkFields(batch: BatchShape): void {
		const given = batch.schema.fields;
		for (let index = 0; index < Math.max(given.length, this.#fields.length); index++) {
			const [field, other] = [this.#fields[index], given[index]];
			const isEqual =
				field &&
				other &&
				(this.repeated.has(field.name)
					? other.name === field.name
					: equalAtSight(other, field) || fieldSignature(other) === fieldSignature(field));
			if (!isEqual) throw this.#differs(index, batch);
		}
	}

	#checkType(type: TypeShape, index: number, batch: BatchShape): void {
		const equal = this.#equalTypes[index] as WeakSet<TypeShape>;
		if (equal.has(type)) return;
		const field = this.#fields[index] as FieldShape;
		if (layoutSignature(type) !== layoutSignature(field.type)) throw this.#differs(index, batch);
		equal.add(type);
	}

	#differs(index: number, { schema, data }: BatchShape): WalError<"WAL_INVALID"> {
		const describe = (field: FieldShape | undefined, type = field?.type) =>
			field ? `"${field.name}: ${type}"` : "none";
		const given = describe(schema.fields[index], data.children[index]?.type);
		return new WalError(
			"WAL_INVALID",
			`Column ${index} of a batch, ${given}, differs from the entry's, ${describe(this.#fields[index])}, in name, type, nullability or metadata. Give all batches one schema.`,
		);
	}
}

/** Finds the plan of a schema, or makes it; schemas are held weakly. */
export function entryPlans(
	compression: Compression | undefined,
): (schema: SchemaShape, first: BatchShape | undefined) => EntryPlan {
	const plans = new WeakMap<SchemaShape, EntryPlan>();
	return (schema, first) => {
		const known = plans.get(schema);
		if (known) return known;
		const plan = new EntryPlan(schema, first, compression);
		if (plan.repeated.size === 0) plans.set(schema, plan);
		return plan;
	};
}

/**
 * The schema's fields, with the types that the columns have where names repeat: there apache-arrow's own schema of a
 * batch is wrong (see `recordBatch`), and it is usually what a caller has at hand.
 */
function meantFields(
	schema: SchemaShape,
	repeated: ReadonlySet<string>,
	first: BatchShape | undefined,
): readonly FieldShape[] {
	return schema.fields.map((field, index) => {
		const type = repeated.has(field.name) ? first?.data.children[index]?.type : undefined;
		return type ? { ...field, type } : field;
	});
}

/** apache-arrow gives each batch fields of its own, which share their types: so one schema's batches are found equal. */
function equalAtSight(a: FieldShape, b: FieldShape): boolean {
	return a.type === b.type && a.name === b.name && a.nullable === b.nullable && !a.metadata?.size && !b.metadata?.size;
}

function repeatedNames(fields: readonly FieldShape[]): ReadonlySet<string> {
	const seen = new Set<string>();
	const repeated = new Set<string>();
	for (const { name } of fields) (seen.has(name) ? repeated : seen).add(name);
	return repeated;
}

function sameHeader(a: EntryHeader, b: EntryHeader): boolean {
	return a.writerEpoch === b.writerEpoch && a.generation === b.generation && a.fenceSentinel === b.fenceSentinel;
}

/** A map can be changed after its schema was seen, so its identity says nothing. */
function sameMetadata(a: Metadata, b: Metadata): boolean {
	if (a.size !== b.size) return false;
	for (const [key, value] of a) if (b.get(key) !== value) return false;
	return true;
}
