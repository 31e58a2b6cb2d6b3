import { AbortListeners, abortable, type Clock, throwIfAborted } from "@memwal/wal-runtime";
import { BackgroundWork } from "./background-work.ts";
import { bodyPieces } from "./body.ts";
import { checkRange, clipRange } from "./byte-range.ts";
import { checkKey, checkPrefix } from "./object-key.ts";
import type {
	Body,
	ByteRange,
	GetOptions,
	ListOptions,
	ObjectMeta,
	ObjectStore,
	PutOptions,
	ReadOptions,
	StoredObject,
} from "./object-store.ts";
import { Places } from "./places.ts";
import { crc32Header } from "./s3-checksum.ts";
import { type Refusal, refusalOf, s3Error } from "./s3-errors.ts";
import { Exchange } from "./s3-exchange.ts";
import { listPages, wholeSeconds } from "./s3-list.ts";
import type { S3Caller, S3Sdk } from "./s3-sdk.ts";

export interface S3StoreOptions {
	readonly sdk: S3Sdk;
	readonly client: S3Caller;
	readonly bucket: string;
	readonly clock: Clock;
	/** How long one request may take, in milliseconds. */
	readonly requestMs: number;
	/** How many requests read, and how many write, at once. */
	readonly requestsAtOnce: number;
}

/** One call to the store. */
interface Call {
	/** What is tried, for the error that says it failed: "read a/b". */
	readonly what: string;
	readonly key?: string | undefined;
	readonly writes?: true | undefined;
	readonly signal: AbortSignal | undefined;
	readonly exchange?: Exchange | undefined;
}

/** What the SDK gives for a GET or a HEAD, as far as it is used. */
interface ObjectHeaders {
	readonly ContentLength?: number | undefined;
	readonly ContentRange?: string | undefined;
	readonly LastModified?: Date | undefined;
}

/** See `openS3Store`. */
export class S3Store implements ObjectStore {
	readonly #sdk: S3Sdk;
	readonly #client: S3Caller;
	readonly #bucket: string;
	readonly #clock: Clock;
	readonly #requestMs: number;
	readonly #reading: Places;
	readonly #writing: Places;
	readonly #inFlight = new BackgroundWork();
	readonly #listeners = new AbortListeners();
	/** Whether an answer has shown that the bucket is there: a HEAD's 404 does not tell which of the two is absent. */
	#bucketSeen = false;
	/** The one look for the bucket that is under way. */
	#bucketCheck: Promise<unknown> | undefined;

	constructor({ sdk, client, bucket, clock, requestMs, requestsAtOnce }: S3StoreOptions) {
		this.#sdk = sdk;
		this.#client = client;
		this.#bucket = bucket;
		this.#clock = clock;
		this.#requestMs = requestMs;
		this.#reading = new Places(requestsAtOnce);
		this.#writing = new Places(requestsAtOnce);
	}

	async get(key: string, { range, signal }: GetOptions = {}): Promise<StoredObject | undefined> {
		checkKey(key);
		checkRange(range);
		if (range && range.start === range.end) return this.#withoutBytes(key, signal);
		const exchange = new Exchange({ wantsBytes: true });
		const input = { ...this.#place(key), ...(range ? { Range: `bytes=${range.start}-${range.end - 1}` } : {}) };
		const call = { what: `read ${key}`, key, signal, exchange };
		const found = await this.#answerOf<ObjectHeaders, "absent" | "past the end">(
			new this.#sdk.GetObjectCommand(input),
			call,
			({ code, status }) => (code === "NoSuchKey" ? "absent" : status === 416 ? "past the end" : undefined),
		);
		if (found === "absent") return undefined;
		if (found === "past the end") return this.#withoutBytes(key, signal);
		return storedObject(key, found, exchange.bytes, range);
	}

	async head(key: string, { signal }: ReadOptions = {}): Promise<ObjectMeta | undefined> {
		checkKey(key);
		const call = { what: `look up ${key}`, key, signal };
		const command = new this.#sdk.HeadObjectCommand(this.#place(key));
		const found = await this.#answerOf<ObjectHeaders, "absent" | "no reason">(command, call, ({ code, status }) => {
			if (code !== undefined && code !== "NoSuchKey") return undefined;
			return status === 404 ? "absent" : status < 500 ? "no reason" : undefined;
		});
		if (found === "absent") {
			await this.#requireBucket(signal);
			return undefined;
		}
		// The answer to a HEAD has no body that could say why; that to a GET has.
		if (found === "no reason") {
			const object = await this.get(key, { signal });
			return object && { key, size: object.size, lastModifiedMs: object.lastModifiedMs };
		}
		return { key, size: found.ContentLength ?? 0, lastModifiedMs: wholeSeconds(found.LastModified) };
	}

	async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<"created" | "exists"> {
		checkKey(key, "not-written");
		return this.#put(key, body, { IfNoneMatch: "*" }, options);
	}

	async put(key: string, body: Body, options: PutOptions = {}): Promise<void> {
		checkKey(key, "not-written");
		await this.#put(key, body, {}, options);
	}

	async *list(prefix: string, { startAfter, signal }: ListOptions = {}): AsyncIterable<ObjectMeta> {
		checkPrefix(prefix);
		const pages = listPages({
			prefix,
			startAfter,
			page: (ContinuationToken) =>
				this.#send(
					new this.#sdk.ListObjectsV2Command({
						Bucket: this.#bucket,
						Prefix: prefix,
						// Keys may hold what XML cannot.
						EncodingType: "url",
						...(startAfter ? { StartAfter: startAfter } : {}),
						...(ContinuationToken === undefined ? {} : { ContinuationToken }),
					}),
					{ what: `list ${prefix || "the bucket"}`, key: prefix, signal },
				),
		});
		for await (const meta of pages) {
			throwIfAborted(signal);
			yield meta;
		}
		throwIfAborted(signal);
	}

	async delete(key: string, { signal }: ReadOptions = {}): Promise<void> {
		checkKey(key, "not-written");
		const call = { what: `delete ${key}`, key, writes: true, signal } as const;
		await this.#answerOf(new this.#sdk.DeleteObjectCommand(this.#place(key)), call, ({ code }) =>
			code === "NoSuchKey" ? "absent" : undefined,
		);
	}

	/** Waits for what is under way, and closes every connection. */
	async close(): Promise<void> {
		await this.#inFlight.settled();
		this.#client.destroy();
	}

	async #put(
		key: string,
		body: Body,
		condition: { readonly IfNoneMatch?: "*" },
		{ crc32, signal }: PutOptions,
	): Promise<"created" | "exists"> {
		const pieces = bodyPieces(body);
		throwIfAborted(signal, "not-written");
		const command = new this.#sdk.PutObjectCommand({
			...this.#place(key),
			...condition,
			ContentLength: pieces.reduce((length, piece) => length + piece.length, 0),
			ContentType: "application/octet-stream",
			ChecksumCRC32: crc32Header(pieces, crc32),
		});
		const call = { what: `write ${key}`, key, writes: true, signal, exchange: new Exchange({ pieces }) } as const;
		const answer = await this.#answerOf(command, call, ({ code, status }) =>
			status === 412 && condition.IfNoneMatch && (code === undefined || code === "PreconditionFailed")
				? "exists"
				: undefined,
		);
		return answer === "exists" ? "exists" : "created";
	}

	/** An object of which no byte is asked for. */
	async #withoutBytes(key: string, signal: AbortSignal | undefined): Promise<StoredObject | undefined> {
		const meta = await this.head(key, { signal });
		return meta && { ...meta, bytes: new Uint8Array() };
	}

	/** @throws `WAL_INVALID` where there is no bucket at all, which is no absence of an object. */
	async #requireBucket(signal: AbortSignal | undefined): Promise<void> {
		if (this.#bucketSeen) return;
		this.#bucketCheck ??= this.#send(new this.#sdk.ListObjectsV2Command({ Bucket: this.#bucket, MaxKeys: 1 }), {
			what: `find the bucket ${this.#bucket}`,
			signal: undefined,
		}).finally(() => {
			this.#bucketCheck = undefined;
		});
		await abortable(this.#bucketCheck, signal);
	}

	#place(key: string): { readonly Bucket: string; readonly Key: string } {
		return { Bucket: this.#bucket, Key: key };
	}

	/** What the store answered, or what `meaning` makes of a refusal; any other refusal is thrown. */
	async #answerOf<Output, Meaning extends string>(
		command: unknown,
		call: Call,
		meaning: (refusal: Refusal) => Meaning | undefined,
	): Promise<Output | Meaning> {
		let meant: Meaning | undefined;
		const answer = await this.#send<Output>(command, call, (refusal) => {
			meant = meaning(refusal);
			return meant !== undefined;
		});
		return meant ?? (answer as Output);
	}

	/** One request. Resolves to nothing where the store refused and `isAnswer` takes that for an answer. */
	async #send<Output>(
		command: unknown,
		call: Call,
		isAnswer: (refusal: Refusal) => boolean = () => false,
	): Promise<Output> {
		const { what, key, writes = false, signal, exchange = new Exchange() } = call;
		const places = writes ? this.#writing : this.#reading;
		const work = places.hold(
			async () => {
				try {
					const output = await this.#withinTime(exchange, signal, () => this.#client.send(command, { exchange }));
					this.#bucketSeen = true;
					return output as Output;
				} catch (error) {
					const refusal = refusalOf(error);
					if (refusal?.code === "NoSuchKey") this.#bucketSeen = true;
					if (refusal && isAnswer(refusal)) return undefined as Output;
					throw s3Error(error, { what, key, writes, bucket: this.#bucket, exchange, signal });
				}
			},
			signal,
			writes ? "not-written" : undefined,
		);
		this.#inFlight.add(work);
		return work;
	}

	/** Stops the exchange when its time is over or its caller leaves; leaves neither a timer nor a listener. */
	async #withinTime<T>(exchange: Exchange, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
		const timer = new AbortController();
		const leave = () => exchange.stop("aborted");
		const expire = () => exchange.stop("timeout");
		const ended = () => undefined;
		this.#clock.sleep(this.#requestMs, { signal: timer.signal }).then(expire, ended);
		if (signal) this.#listeners.add(signal, leave);
		try {
			return await Promise.race([send(), exchange.stoppedBefore]);
		} finally {
			timer.abort();
			if (signal) this.#listeners.remove(signal, leave);
		}
	}
}

function storedObject(
	key: string,
	{ ContentLength, ContentRange, LastModified }: ObjectHeaders,
	bytes: Uint8Array<ArrayBuffer>,
	range: ByteRange | undefined,
): StoredObject {
	const meta = { key, lastModifiedMs: wholeSeconds(LastModified) };
	const size = /\/(\d+)$/.exec(ContentRange ?? "")?.[1];
	if (size !== undefined) return { ...meta, size: Number(size), bytes };
	const whole = ContentLength ?? bytes.length;
	// A store that knows no ranges sends everything.
	const { start, end } = clipRange(range, whole);
	return { ...meta, size: whole, bytes: range ? bytes.slice(start, end) : bytes };
}
