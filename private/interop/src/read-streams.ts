// Run by any Node: reads every stream of a folder with our codec; beside each NAME.arrow writes NAME.READER.json, with
// what was found in it, or with `problem` where it was refused.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCodec } from "@memwal/wal-ipc-wasm";
import { isWalError } from "@memwal/wal-runtime";
import { neutralEntry } from "@memwal-private/arrow-samples";
import type { ReadStreamsJob } from "./interop-job.ts";

const { folder, prefer, reader } = JSON.parse(process.argv[2] ?? "") as ReadStreamsJob;
const codec = await loadCodec({ prefer });
for (const file of readdirSync(folder).filter((name) => name.endsWith(".arrow"))) {
	const bytes = Uint8Array.from(readFileSync(join(folder, file)));
	writeFileSync(join(folder, file.replace(/\.arrow$/, `.${reader}.json`)), JSON.stringify(read(bytes)));
}

function read(bytes: Uint8Array<ArrayBuffer>): unknown {
	try {
		const { header, schema, batches } = codec.decode(bytes, { validate: "full" });
		// Other readers see it among the metadata.
		if (header.writerEpoch !== undefined) schema.metadata.set("writer_epoch", String(header.writerEpoch));
		return neutralEntry(schema, batches);
	} catch (error) {
		return { problem: isWalError(error) ? `${error.code}: ${error.message}` : String(error) };
	}
}
