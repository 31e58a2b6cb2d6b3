/** What a request is for, as far as faults tell requests apart. */
export const REQUEST_KINDS = ["entry PUT", "manifest PUT", "GET", "HEAD", "LIST"] as const;

export type RequestKind = (typeof REQUEST_KINDS)[number] | "other";

/** A request whose head has arrived. */
export interface WireRequest {
	readonly kind: RequestKind;
	readonly method: string;
	/** With the query, as it stands on the wire. */
	readonly path: string;
	/** Size of the body that was announced; 0 without one. */
	readonly bodyBytes: number;
	/** The how manieth of its kind it is, from 1 on. */
	readonly ordinal: number;
}

/**
 * What a request to a bucket that is addressed by path is for. A GET of the first byte counts as HEAD, which some
 * clients make in its place, since its answer says why it is refused.
 */
export function requestKindOf(method: string, path: string, range?: string): RequestKind {
	const { pathname, searchParams } = new URL(path, "http://any");
	if (method === "HEAD" || range === "bytes=0-0") return "HEAD";
	if (method === "GET") return searchParams.has("list-type") ? "LIST" : "GET";
	if (method !== "PUT") return "other";
	if (/\/wal\/[01]+\.arrow$/.test(pathname)) return "entry PUT";
	return /\/manifest\/[01]+\.binpb$/.test(pathname) ? "manifest PUT" : "other";
}
