import { getHeapStatistics } from "node:v8";
import type { Codec, DecodedEntry } from "@memwal/wal-ipc-wasm";
import { isWalError } from "@memwal/wal-runtime";
import { firstDifference, type Json, type NeutralEntry, neutralEntry } from "@memwal-private/arrow-samples";
import * as arrow from "apache-arrow";

/** What damaged bytes may end in. */
const ALLOWED_CODES = ["WAL_CORRUPT", "WAL_UNSUPPORTED", "WAL_INVALID"] as const;

export type Outcome = "decoded" | (typeof ALLOWED_CODES)[number];

/** How an input ended, and what must not have happened and did. */
export interface Judgement {
	readonly outcome: Outcome | "failed";
	readonly violations: readonly string[];
}

/** What an input of so many bytes may make a codec hold. */
export function memoryLimit(inputBytes: number): number {
	return 64 * 2 ** 20 + 8 * inputBytes;
}

const MAX_VALUES = 2_000;
const MAX_ROWS = 50;

type Ending =
	| { readonly kind: "error"; readonly code: Outcome; readonly message: string }
	| { readonly kind: "failure"; readonly problem: string }
	| { readonly kind: "entry"; readonly entry: DecodedEntry };

/** An ending, and what there is to compare of it. */
interface Seen {
	readonly who: string;
	readonly ending: Ending;
	readonly told: Json;
}

type Decode = (codec: Codec, bytes: Uint8Array<ArrayBuffer>) => DecodedEntry;

const DECODERS: Readonly<Record<string, Decode>> = {
	"decode with full validation": (codec, bytes) => codec.decode(bytes, { validate: "full" }),
	"frames with full validation": (codec, bytes) => {
		const frames = codec.frames(bytes, { validate: "full" });
		const { header, writeId, schema, rows, length } = frames;
		return { header, writeId, schema, rows, batches: Array.from({ length }, (_, index) => frames.batch(index)) };
	},
	decode: (codec, bytes) => codec.decode(bytes),
};

/** Holds what every codec makes of an input against what it may, and against each other. */
export async function judgeInput(
	codecs: Readonly<Record<string, Codec>>,
	bytes: Uint8Array<ArrayBuffer>,
	expected?: NeutralEntry,
): Promise<Judgement> {
	const violations: string[] = [];
	// What is damaged may say that it has billions of rows.
	const mostValues = expected ? Number.POSITIVE_INFINITY : MAX_VALUES;
	const original = Buffer.from(bytes);
	const seen: Seen[] = [];
	let structure: Ending | undefined;
	for (const [name, codec] of Object.entries(codecs)) {
		for (const [how, decode] of Object.entries(DECODERS)) {
			const who = `${name}: ${how}`;
			const { ending, held } = run(() => decode(codec, bytes));
			if (held > memoryLimit(bytes.length)) violations.push(`${who} held ${held} bytes for ${bytes.length} of input`);
			if (ending.kind === "failure") violations.push(`${who} ended in ${ending.problem}`);
			if (how === "decode") structure = ending;
			else seen.push({ who, ending, told: tell(ending, mostValues, who, violations) });
		}
	}
	const [first, ...others] = seen as [Seen, ...Seen[]];
	for (const other of others) {
		const difference = firstDifference(first.told, other.told);
		if (difference !== undefined) violations.push(`${first.who} and ${other.who} differ in ${difference}`);
	}
	const [codec] = Object.values(codecs) as [Codec];
	violations.push(...(await judgeInWasm(codec, bytes, first, mostValues)));
	if (structure?.kind === "error" && first.ending.kind === "entry") violations.push("full validation is the laxer one");
	if (expected) {
		const difference = firstDifference({ values: expected as unknown as Json }, first.told);
		if (difference !== undefined) violations.push(`what was encoded and what was decoded differ in ${difference}`);
	}
	if (original.compare(bytes) !== 0) violations.push("the input was written to");
	return { outcome: outcomeOf(first.ending), violations };
}

/** `decodeInWasm` knows fewer types; for the others it has to end as full validation does. */
async function judgeInWasm(
	codec: Codec,
	bytes: Uint8Array<ArrayBuffer>,
	validated: Seen,
	mostValues: number,
): Promise<string[]> {
	const before = memoryInUse();
	const violations: string[] = [];
	try {
		const entry = await codec.decodeInWasm(bytes);
		const { schema, length } = entry;
		try {
			const batches = Array.from({ length }, (_, index) => entry.batch(index));
			const { batches: values } = neutralEntry(schema, batches, { left: mostValues });
			const { values: expected } = validated.told as { readonly values?: { readonly batches: Json } };
			const difference = firstDifference(expected?.batches, values);
			if (difference !== undefined) violations.push(`decodeInWasm and ${validated.who} differ in ${difference}`);
		} finally {
			entry.release();
		}
	} catch (error) {
		const ending = endingOf(error);
		if (ending.kind === "failure") violations.push(`decodeInWasm ended in ${ending.problem}`);
		else if (ending.kind === "error" && ending.code !== "WAL_UNSUPPORTED" && validated.ending.kind === "entry") {
			violations.push(`decodeInWasm refuses what ${validated.who} does not: ${ending.message}`);
		}
	}
	const held = memoryInUse() - before;
	if (held > memoryLimit(bytes.length)) violations.push(`decodeInWasm held ${held} bytes for ${bytes.length} of input`);
	return violations;
}

function outcomeOf(ending: Ending): Judgement["outcome"] {
	if (ending.kind === "failure") return "failed";
	return ending.kind === "entry" ? "decoded" : ending.code;
}

/** What it ended in, and by how much memory grew meanwhile: heap, buffers and WebAssembly's. */
function run(decode: () => DecodedEntry): { readonly ending: Ending; readonly held: number } {
	const before = memoryInUse();
	let ending: Ending;
	try {
		ending = { kind: "entry", entry: decode() };
	} catch (error) {
		ending = endingOf(error);
	}
	return { ending, held: memoryInUse() - before };
}

function endingOf(error: unknown): Ending {
	if (isWalError(error)) {
		const code = ALLOWED_CODES.find((allowed) => allowed === error.code);
		if (code) return { kind: "error", code, message: error.message };
	}
	const { stack = String(error) } = error as Error;
	return { kind: "failure", problem: stack.split("\n").slice(0, 4).join(" ") };
}

function memoryInUse(): number {
	const { used_heap_size, external_memory } = getHeapStatistics();
	return used_heap_size + external_memory;
}

/** An ending as something to be compared; reads the values that there are, as many as it may. */
function tell(ending: Ending, mostValues: number, who: string, violations: string[]): Json {
	if (ending.kind === "error") return { code: ending.code, message: ending.message };
	if (ending.kind === "failure") return { failure: true };
	const { schema, batches } = ending.entry;
	try {
		const values = neutralEntry(schema, batches, { left: mostValues });
		readThroughArrow(batches);
		return { values: values as unknown as Json };
	} catch (error) {
		violations.push(`${who} let through what cannot be read: ${String(error)}`);
		return { unreadable: true };
	}
}

/** apache-arrow cannot follow indices of 64 bits into every kind of dictionary. */
function hasWideIndices(type: arrow.DataType): boolean {
	if (arrow.DataType.isDictionary(type))
		return (type.indices.bitWidth as number) === 64 || hasWideIndices(type.dictionary);
	return ((type.children ?? []) as readonly arrow.Field[]).some((field) => hasWideIndices(field.type));
}

/** apache-arrow gives milliseconds as numbers, and refuses where they would not be exact: its limit, not damage. */
const NOT_A_NUMBER = /is not safe to convert to a number/;

function readThroughArrow(batches: readonly arrow.RecordBatch[]): void {
	for (const batch of batches) {
		for (const data of batch.data.children) {
			if (hasWideIndices(data.type)) continue;
			const vector = new arrow.Vector([data]);
			for (let row = 0; row < Math.min(vector.length, MAX_ROWS); row++) {
				try {
					vector.get(row);
				} catch (error) {
					if (!(error instanceof TypeError && NOT_A_NUMBER.test(error.message))) throw error;
				}
			}
		}
	}
}
