import { WalError } from "@memwal/wal-runtime";

/** An index that a store is to have. */
export interface IndexSpec {
	readonly column: string;
	/** Default: the column's name. */
	readonly name?: string | undefined;
}

/** @throws TypeError for what is no list of indexes. */
export function indexSpecs(indexes: readonly IndexSpec[]): { readonly name: string; readonly column: string }[] {
	if (!Array.isArray(indexes)) throw new TypeError("indexes must be an array of { column, name? }");
	return (indexes as readonly IndexSpec[]).map(({ column, name = column }) => {
		if (typeof column !== "string" || typeof name !== "string") {
			throw new TypeError("an index has a column and may have a name, both of them strings");
		}
		return { name, column };
	});
}

/**
 * The columns of a primary key; none where there is no key.
 *
 * @throws TypeError for what is no name or list of names; `WAL_INVALID` for a list without names, or with one twice.
 */
export function primaryKeyColumns(primaryKey: string | readonly string[] | undefined): readonly string[] {
	if (primaryKey === undefined) return [];
	const columns: readonly unknown[] = typeof primaryKey === "string" ? [primaryKey] : primaryKey;
	if (!Array.isArray(columns) || columns.some((column) => typeof column !== "string")) {
		throw new TypeError("primaryKey must be the name of a column, or an array of names");
	}
	if (columns.length === 0) throw new WalError("WAL_INVALID", "a primary key has at least one column");
	const again = columns.find((column, index) => columns.indexOf(column) !== index);
	if (again !== undefined) throw new WalError("WAL_INVALID", `the primary key has the column "${again}" twice`);
	return columns as readonly string[];
}
