import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { entryKey, resolveShard, WalTailer } from "@memwal/wal-core";
import { loadCodec } from "@memwal/wal-ipc-wasm";
import { realRandom, WalError } from "@memwal/wal-runtime";
import type { ObjectStore } from "@memwal/wal-store";
import { type ProducerRow, ROW_SCHEMA, readRows } from "./producer-rows.ts";
import type { RowWriter } from "./row-writer.ts";

export interface NaiveWriterOptions {
	/** As whoever uses it first makes one: with the retries that it has by default. */
	readonly client: S3Client;
	readonly bucket: string;
	readonly prefix: string;
	/** For reading. */
	readonly store: ObjectStore;
	readonly shard: string;
}

/**
 * What one writes who has not thought about lost answers: to it a 412 says that somebody else has the slot, so it takes
 * the next. Rows that it writes twice show that the wire does lose answers.
 */
export async function openNaiveWriter(options: NaiveWriterOptions): Promise<RowWriter> {
	const { client, bucket, prefix, store, shard } = options;
	const { shardId } = resolveShard(shard);
	const codec = await loadCodec();
	const tailer = await WalTailer.open({ store, shard, codec });
	const rows: ProducerRow[] = [];
	let next = 1n;
	for await (const entry of tailer.entries({ from: 1n })) {
		rows.push(...entry.batches.flatMap(readRows));
		next = entry.entryPosition + 1n;
	}
	return {
		epoch: 1n,
		putsAtOnce: 1,
		async append(batch) {
			const header = { writerEpoch: 1n, fenceSentinel: false };
			const entry = codec.encode({ schema: ROW_SCHEMA, batches: [batch], header, writeId: realRandom.bytes(16) });
			try {
				for (; ; next++) {
					const Key = `${prefix}/${entryKey(shardId, next)}`;
					const command = new PutObjectCommand({ Bucket: bucket, Key, Body: entry.bytes, IfNoneMatch: "*" });
					if (await creates(client, command)) return next++;
				}
			} catch (cause) {
				const message = `the SDK gave up: ${cause instanceof Error ? cause.message : cause}`;
				throw new WalError("WAL_UNAVAILABLE", message, { outcome: "unknown", cause });
			} finally {
				entry.release();
			}
		},
		rowsAtOpening: async () => rows,
		outlives: () => false,
		close: async () => undefined,
	};
}

async function creates(client: S3Client, command: PutObjectCommand): Promise<boolean> {
	try {
		await client.send(command);
		return true;
	} catch (error) {
		if ((error as { readonly name?: unknown }).name === "PreconditionFailed") return false;
		throw error;
	}
}
