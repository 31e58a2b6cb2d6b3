import { WalError } from "@memwal/wal-runtime";
import { compareKeys, isKey } from "./object-key.ts";
import type { ObjectMeta } from "./object-store.ts";

/** One page of a list, as the SDK gives it. */
export interface S3Page {
	readonly Contents?: readonly {
		readonly Key?: string | undefined;
		readonly Size?: number | undefined;
		readonly LastModified?: Date | undefined;
	}[];
	readonly EncodingType?: string | undefined;
	readonly IsTruncated?: boolean | undefined;
	readonly NextContinuationToken?: string | undefined;
}

export interface ListPagesOptions {
	readonly prefix: string;
	readonly startAfter: string | undefined;
	readonly page: (continuationToken: string | undefined) => Promise<S3Page>;
}

/**
 * All objects of a list, page by page. What is no key of ours (the marks of folders that consoles put there) is passed over.
 *
 * @throws `WAL_STORE_UNSAFE` where the store does not list in order, `WAL_UNAVAILABLE` where it does not say how to go on.
 */
export async function* listPages({
	prefix,
	startAfter = "",
	page,
}: ListPagesOptions): AsyncGenerator<ObjectMeta, void> {
	let last = "";
	let token: string | undefined;
	do {
		const { Contents = [], EncodingType, IsTruncated, NextContinuationToken } = await page(token);
		for (const { Key = "", Size = 0, LastModified } of Contents) {
			const key = EncodingType === "url" ? decodeURIComponent(Key.replaceAll("+", " ")) : Key;
			if (!key.startsWith(prefix) || compareKeys(key, startAfter) <= 0 || !isKey(key)) continue;
			if (last !== "" && compareKeys(key, last) <= 0) throw outOfOrder(last, key);
			last = key;
			yield { key, size: Size, lastModifiedMs: wholeSeconds(LastModified) };
		}
		token = NextContinuationToken;
		if (IsTruncated && !token) throw withoutEnd(prefix);
		if (!IsTruncated) return;
	} while (token);
}

/** When the object was created; headers tell no fractions of a second, so that lists do not either. */
export function wholeSeconds(time: Date | undefined): number {
	return time === undefined ? 0 : Math.floor(time.getTime() / 1_000) * 1_000;
}

function outOfOrder(earlier: string, later: string): WalError {
	return new WalError(
		"WAL_STORE_UNSAFE",
		`the store lists ${later} after ${earlier}, which is not the order of keys; use one that lists in order`,
		{ details: { key: later } },
	);
}

function withoutEnd(prefix: string): WalError {
	return new WalError("WAL_UNAVAILABLE", `the list of ${prefix} goes on, but the store does not say where; try again`, {
		details: { key: prefix },
	});
}
