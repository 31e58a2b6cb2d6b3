import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Codec, loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError } from "@memwal/wal-runtime";
import { Dice, type NeutralEntry, neutralEntry, type RandomEntry, randomEntry } from "@memwal-private/arrow-samples";
import * as arrow from "apache-arrow";
import { mutate } from "./mutate.ts";

/** Streams that pyarrow wrote; the same from `src` and from `dist`. */
const SAMPLES = fileURLToPath(new URL("../samples/", import.meta.url));

/** A valid entry costs more to make than to damage. */
const CASES_PER_ENTRY = 100;
const TRAILER_BYTES = 40;

export interface FuzzCase {
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** What has to come out, where the entry is ours and undamaged. */
	readonly expected: NeutralEntry | undefined;
}

interface ValidEntry {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly values: NeutralEntry | undefined;
}

/** Makes any case of a run by its number: the same seed and number give the same bytes. */
export class FuzzCases {
	readonly #seed: number;
	readonly #writers: readonly Codec[];
	readonly #samples: readonly Uint8Array<ArrayBuffer>[];
	readonly #recent = new Map<number, ValidEntry>();

	private constructor(seed: number, writers: readonly Codec[], samples: readonly Uint8Array<ArrayBuffer>[]) {
		this.#seed = seed;
		this.#writers = writers;
		this.#samples = samples;
	}

	static async load(seed: number): Promise<FuzzCases> {
		const writers = [await loadCodec({ prefer: "ts" }), await loadCodec({ prefer: "wasm", compression: "lz4" })];
		// Where this Node can; the samples have ZSTD in any case.
		const zstd = await loadCodec({ prefer: "ts", compression: "zstd" }).catch((error: unknown) => {
			if (isWalError(error, "WAL_UNSUPPORTED")) return undefined;
			throw error;
		});
		if (zstd) writers.push(zstd);
		const names = readdirSync(SAMPLES).filter((name) => name.endsWith(".arrow"));
		const samples = names.sort().map((name) => Uint8Array.from(readFileSync(join(SAMPLES, name))));
		return new FuzzCases(seed, writers, samples);
	}

	make(number: number): FuzzCase {
		const entryNumber = Math.floor(number / CASES_PER_ENTRY);
		const entry = this.#entry(entryNumber);
		if (number % CASES_PER_ENTRY === 0) return { bytes: entry.bytes.slice(), expected: entry.values };
		const other = this.#entry(entryNumber === 0 ? 1 : entryNumber - 1);
		return { bytes: mutate(this.#dice(2 * number + 1), entry.bytes, other.bytes), expected: undefined };
	}

	#dice(stream: number): Dice {
		return new Dice((this.#seed ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0);
	}

	#entry(number: number): ValidEntry {
		const known = this.#recent.get(number);
		if (known) return known;
		if (this.#recent.size > 4) this.#recent.clear();
		const entry = this.#makeEntry(this.#dice(2 * number));
		this.#recent.set(number, entry);
		return entry;
	}

	#makeEntry(dice: Dice): ValidEntry {
		if (dice.chance(0.15)) return { bytes: dice.pick(this.#samples), values: undefined };
		const random = randomEntry(dice, { maxRows: dice.pick([1, 10, 30, 30, 300]), maxColumns: dice.pick([1, 2, 4]) });
		const foreign = dice.chance(0.15) ? writtenByArrow(random) : undefined;
		if (foreign) return { bytes: foreign, values: undefined };
		const bytes = encode(dice.pick(this.#writers), dice, random);
		const values = neutralEntry(random.schema, random.batches);
		return { bytes: dice.chance(0.5) ? bytes : bytes.slice(0, -TRAILER_BYTES), values };
	}
}

function encode(codec: Codec, dice: Dice, { schema, batches }: RandomEntry): Uint8Array<ArrayBuffer> {
	const header = { writerEpoch: BigInt(dice.below(100)), fenceSentinel: false };
	const entry = codec.encode({ schema, batches, header, writeId: dice.bytes(16) });
	const bytes = entry.bytes.slice();
	entry.release();
	return bytes;
}

/** `undefined` for batches that apache-arrow's writer does not manage; some that it does, it writes wrong. */
function writtenByArrow({ batches }: RandomEntry): Uint8Array<ArrayBuffer> | undefined {
	try {
		const writer = new arrow.RecordBatchStreamWriter();
		for (const batch of batches) writer.write(batch);
		writer.finish();
		return writer.toUint8Array(true).slice() as Uint8Array<ArrayBuffer>;
	} catch {
		return undefined;
	}
}
