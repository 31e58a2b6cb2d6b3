// Run by any Node: writes random entries of ours into a folder, NAME.arrow, and what is in them beside, NAME.json.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Compression, loadCodec } from "@memwal/wal-ipc-wasm";
import { Dice, type NeutralEntry, neutralEntry, randomEntry } from "@memwal-private/arrow-samples";
import type { WriteEntriesJob } from "./interop-job.ts";

const job = JSON.parse(process.argv[2] ?? "") as WriteEntriesJob;
const compression: Compression | undefined = job.compression === "none" ? undefined : job.compression;
const codecs = [await loadCodec({ prefer: "ts", compression }), await loadCodec({ prefer: "wasm", compression })];

for (let number = 0; number < job.rounds; number++) {
	const dice = new Dice((job.seed ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0);
	const entry = randomEntry(dice, { kinds: job.kinds, maxRows: 200 });
	const writerEpoch = BigInt(number);
	const encoded = dice.pick(codecs).encode({
		...entry,
		header: { writerEpoch, fenceSentinel: false },
		writeId: dice.bytes(16),
	});
	const name = `${job.name}-${number}`;
	writeFileSync(join(job.folder, `${name}.arrow`), encoded.bytes);
	encoded.release();
	const { schema, batches } = entry;
	// Other readers see all metadata, the log's own too.
	schema.metadata.set("writer_epoch", String(writerEpoch));
	const expected: NeutralEntry = neutralEntry(schema, batches);
	writeFileSync(join(job.folder, `${name}.json`), JSON.stringify(expected));
}
