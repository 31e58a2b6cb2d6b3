import { WalError } from "@memwal/wal-runtime";

/** The longest key in UTF-8 bytes: what S3 allows. */
const MAX_KEY_BYTES = 1024;
/** The longest part between two slashes in UTF-8 bytes: what file systems allow. */
const MAX_SEGMENT_BYTES = 255;
/** The first segment that no key may have, in any spelling: the file driver keeps unfinished files there. */
export const RESERVED_FOLDER = ".memwal-tmp";

/**
 * Lets a key pass only if it means the same object in every driver and cannot lead out of a store's root.
 *
 * A key is one or more segments joined by `/`. Give `outcome` where the key is about to be written.
 *
 * @throws `WAL_INVALID` for a key that is empty, absolute, over 1,024 UTF-8 bytes, not well-formed UTF-16, or
 * holds NUL, a back-slash, an empty, `.` or `..` segment or one over 255 bytes, or begins with {@link RESERVED_FOLDER}.
 */
export function checkKey(key: string, outcome?: "not-written"): void {
	const problem = keyProblem(key);
	if (problem !== undefined) throw invalidKey("key", key, problem, outcome);
}

/** Whether {@link checkKey} would let `key` pass. */
export function isKey(key: string): boolean {
	return keyProblem(key) === undefined;
}

/**
 * Lets a list prefix pass if keys can start with it; its last segment may be unfinished or empty.
 *
 * @throws `WAL_INVALID`, for the reasons of {@link checkKey}.
 */
export function checkPrefix(prefix: string): void {
	if (typeof prefix !== "string") throw new TypeError(`a list prefix must be a string, not ${typeof prefix}`);
	// An "x" makes a whole segment of an unfinished one: of "", of ".", and of "..", which "..x" may follow.
	const problem = keyProblem(`${prefix}x`, 1);
	if (problem !== undefined) throw invalidKey("list prefix", prefix, problem);
}

function invalidKey(what: string, key: string, problem: string, outcome?: "not-written"): WalError<"WAL_INVALID"> {
	return new WalError("WAL_INVALID", `the ${what} ${JSON.stringify(key)} ${problem}`, {
		details: { key },
		...(outcome === undefined ? {} : { outcome }),
	});
}

function keyProblem(key: string, sparedBytes = 0): string | undefined {
	if (typeof key !== "string") throw new TypeError(`a key must be a string, not ${typeof key}`);
	if (key === "") return "is empty; a key has at least one segment";
	if (key.startsWith("/")) return "starts with a slash; keys are relative to the store's root";
	if (!isWellFormed(key)) return "holds half of a surrogate pair; keys must have a UTF-8 form";
	if (key.includes("\0")) return "holds a NUL character";
	if (key.includes("\\")) return 'holds a back-slash; segments are joined by "/"';
	if (isLonger(key, MAX_KEY_BYTES + sparedBytes)) return `is longer than ${MAX_KEY_BYTES} UTF-8 bytes`;
	const segments = key.split("/");
	for (const segment of segments) {
		if (segment === "") return "holds an empty segment (a double slash or one at the end)";
		if (segment === "." || segment === "..") return `holds the segment ${JSON.stringify(segment)}`;
		if (isLonger(segment, MAX_SEGMENT_BYTES + sparedBytes)) {
			return `holds a segment longer than ${MAX_SEGMENT_BYTES} UTF-8 bytes`;
		}
	}
	// Some file systems ignore case, and the folder must be out of reach there too.
	if (segments[0]?.toLowerCase() === RESERVED_FOLDER) return `begins with ${RESERVED_FOLDER}, which is reserved`;
	return undefined;
}

const loneSurrogate = /\p{Surrogate}/u;

function isWellFormed(text: string): boolean {
	return !loneSurrogate.test(text);
}

const encoder = new TextEncoder();

function isLonger(text: string, limitBytes: number): boolean {
	// A UTF-16 unit takes three bytes at most, so short texts need not be encoded to know.
	return text.length * 3 > limitBytes && encoder.encode(text).length > limitBytes;
}

/**
 * The order of keys: ascending by their UTF-8 bytes, which is that of their code points, and not that of
 * JavaScript's UTF-16 units.
 */
export function compareKeys(a: string, b: string): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) {
		const left = a.charCodeAt(i);
		const right = b.charCodeAt(i);
		if (left !== right) return codePointRank(left) - codePointRank(right);
	}
	return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, so they rank above the units U+E000 to U+FFFF. */
function codePointRank(unit: number): number {
	if (unit < 0xd800) return unit;
	return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The folder of a key or prefix, as a key that ends in a slash; empty for the root. */
export function folderOf(key: string): string {
	return key.slice(0, key.lastIndexOf("/") + 1);
}
