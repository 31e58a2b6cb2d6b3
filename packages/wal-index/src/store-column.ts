import type { BatchShape, DataShape, SchemaShape, TypeShape } from "./arrow-shapes.ts";
import { ColumnFinder, requireField, sameKeyType } from "./column-finder.ts";
import { IndexedColumn } from "./indexed-column.ts";
import type { KeyClass } from "./key-class.ts";
import { requireKeyClass } from "./key-class-of.ts";
import { type TupleSource, tupleKeys } from "./primary-key-columns.ts";

/** What a store fills from batches: an index over one column, or that over the columns of a primary key together. */
export class StoreColumn<Source> {
	readonly name: string;
	readonly indexed: IndexedColumn<Source>;
	readonly #finders: readonly ColumnFinder[];
	readonly #keyClassOf: (types: readonly TypeShape[]) => KeyClass<Source>;
	readonly #sourceOf: (columns: readonly DataShape[]) => Source;
	#types: readonly TypeShape[] = [];
	#keyClass: KeyClass<Source> | undefined;

	constructor(
		name: string,
		columns: readonly string[],
		label: string,
		keyClassOf: (types: readonly TypeShape[]) => KeyClass<Source>,
		sourceOf: (columns: readonly DataShape[]) => Source,
	) {
		this.name = name;
		this.indexed = new IndexedColumn(label);
		this.#finders = columns.map((column) => new ColumnFinder(column));
		this.#keyClassOf = keyClassOf;
		this.#sourceOf = sourceOf;
	}

	/** @throws `WAL_INVALID` or `WAL_UNSUPPORTED` where rows of this schema cannot be indexed. */
	validate(schema: SchemaShape): void {
		const types = this.#finders.map(({ column }) => requireField(schema, column).type);
		this.indexed.bind(this.#keyClassFor(types));
	}

	/** Reads rows of a batch from `from` on, until a step is full, and returns where it stopped. */
	read(batch: BatchShape, from: number, rows: number): number {
		const columns = this.#finders.map((finder) => finder.find(batch, rows));
		const keyClass = this.#keyClassFor(columns.map(({ type }) => type));
		this.indexed.require(keyClass);
		return this.indexed.read(keyClass, this.#sourceOf(columns), from, rows);
	}

	#keyClassFor(types: readonly TypeShape[]): KeyClass<Source> {
		const known = this.#keyClass;
		if (known && types.every((type, index) => sameKeyType(type, this.#types[index] as TypeShape))) return known;
		this.#types = types;
		this.#keyClass = this.#keyClassOf(types);
		return this.#keyClass;
	}
}

export function singleColumn(name: string, column: string): StoreColumn<DataShape> {
	return new StoreColumn(
		name,
		[column],
		`column "${column}"`,
		([type]) => requireKeyClass(type as TypeShape, column),
		([data]) => data as DataShape,
	);
}

export function columnsTogether(name: string, columns: readonly string[]): StoreColumn<TupleSource> {
	return new StoreColumn(
		name,
		columns,
		"the primary key",
		(types) => tupleKeys(types.map((type, index) => ({ name: columns[index] as string, type }))),
		(data) => ({ columns: data }),
	);
}
