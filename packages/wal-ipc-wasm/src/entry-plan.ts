import { WalError } from "@memwal/wal-runtime";
import type { BatchShape, SchemaShape } from "./arrow-shapes.ts";
import { type FieldShape, fieldSignature, layoutSignature, localFields, type TypeShape } from "./arrow-types.ts";
import type { BatchTemplate } from "./batch-job.ts";
import { type BatchShapeOnWire, batchTemplate } from "./batch-template.ts";
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
	readonly #repeated: ReadonlySet<string>;
	/** Schemas and types whose equality has been found out. */
	readonly #equalSchemas = new WeakSet<SchemaShape>();
	readonly #equalTypes: readonly WeakSet<TypeShape>[];
	readonly #templates = new Map<string, BatchTemplate>();
	#plainTemplate: BatchTemplate | undefined;
	#lastSchema: SchemaShape | undefined;
	#schemaMessage: { readonly user: Metadata; readonly header: EntryHeader; readonly bytes: Uint8Array } | undefined;

	/** @throws `WAL_UNSUPPORTED` for a type that cannot be written, or not be read again here. */
	constructor(schema: SchemaShape, first: BatchShape | undefined) {
		this.#repeated = repeatedNames(schema.fields);
		this.#fields = meantFields(schema, this.#repeated, first);
		localFields(this.#fields);
		this.columns = planColumns(this.#fields);
		this.hasDictionaries = this.columns.some((column) => column.hasDictionaries);
		this.#equalTypes = this.columns.map(() => new WeakSet());
	}

	/** Whether the plan holds for the schema alone; else the batches' types decide as well. */
	get isOfSchemaAlone(): boolean {
		return this.#repeated.size === 0;
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

	/** The template of a record batch of which no more is to be said. */
	plainTemplate(nodes: number, buffers: number): BatchTemplate {
		this.#plainTemplate ??= batchTemplate({ nodes, buffers, compression: undefined, variadicCounts: [] });
		return this.#plainTemplate;
	}

	/** The template of any other message; kept where nothing but numbers of buffers and nodes matters. */
	template(shape: BatchShapeOnWire): BatchTemplate {
		if ((shape.metadata && shape.metadata.size > 0) || shape.variadicCounts.length > 0) return batchTemplate(shape);
		const { dictionaryId, compression } = shape;
		const key = `${dictionaryId ?? "batch"} ${compression}`;
		const kept = this.#templates.get(key);
		if (kept) return kept;
		const template = batchTemplate(shape);
		this.#templates.set(key, template);
		return template;
	}

	/** @throws `WAL_INVALID` for a batch without rows, or whose fields differ. */
	check(batch: BatchShape): void {
		if (batch.numRows === 0) throw new WalError("WAL_INVALID", "A record batch has no rows. Leave it out.");
		if (batch.schema !== this.#lastSchema) {
			if (!this.#equalSchemas.has(batch.schema)) this.#checkFields(batch);
			this.#equalSchemas.add(batch.schema);
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
		if (given.length !== this.#fields.length) {
			throw new WalError(
				"WAL_INVALID",
				`A record batch has ${given.length} columns where the entry's schema has ${this.#fields.length}. Give all batches one schema.`,
			);
		}
		this.#fields.forEach((field, index) => {
			const other = given[index] as FieldShape;
			const equal = this.#repeated.has(field.name)
				? other.name === field.name
				: equalAtSight(other, field) || fieldSignature(other) === fieldSignature(field);
			if (!equal) throw differs(index, other, batch, field);
		});
	}

	#checkType(type: TypeShape, index: number, batch: BatchShape): void {
		const equal = this.#equalTypes[index] as WeakSet<TypeShape>;
		if (equal.has(type)) return;
		const field = this.#fields[index] as FieldShape;
		if (layoutSignature(type) !== layoutSignature(field.type)) {
			throw differs(index, batch.schema.fields[index] as FieldShape, batch, field);
		}
		equal.add(type);
	}
}

/** Plans by schema; schemas are held weakly. */
export class EntryPlans {
	readonly #plans = new WeakMap<SchemaShape, EntryPlan>();
	#last: { readonly schema: SchemaShape; readonly plan: EntryPlan } | undefined;

	for(schema: SchemaShape, first: BatchShape | undefined): EntryPlan {
		if (this.#last?.schema === schema) return this.#last.plan;
		const plan = this.#plans.get(schema) ?? new EntryPlan(schema, first);
		if (plan.isOfSchemaAlone) {
			this.#plans.set(schema, plan);
			this.#last = { schema, plan };
		}
		return plan;
	}
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
		return type ? { name: field.name, nullable: field.nullable, metadata: field.metadata ?? new Map(), type } : field;
	});
}

/** apache-arrow gives each batch fields of its own, which share their types: so one schema's batches are found equal. */
function equalAtSight(a: FieldShape, b: FieldShape): boolean {
	if (a === b) return true;
	return a.type === b.type && a.name === b.name && a.nullable === b.nullable && !a.metadata?.size && !b.metadata?.size;
}

function repeatedNames(fields: readonly FieldShape[]): ReadonlySet<string> {
	const seen = new Set<string>();
	const repeated = new Set<string>();
	for (const { name } of fields) (seen.has(name) ? repeated : seen).add(name);
	return repeated;
}

function differs(index: number, other: FieldShape, batch: BatchShape, field: FieldShape): WalError<"WAL_INVALID"> {
	const column = batch.data.children[index]?.type ?? other.type;
	return new WalError(
		"WAL_INVALID",
		`Column ${index} of a record batch, "${other.name}: ${column}", differs from the entry's schema, "${field.name}: ${field.type}", in name, type, nullability or metadata. Give all batches one schema.`,
	);
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
